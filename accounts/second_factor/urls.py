"""Sign-in and security at a co-op's host."""

from django.urls import path

from accounts.second_factor import own_urls, reset_views

app_name = "security"
urlpatterns = [
    *own_urls.urlpatterns,
    path(
        "people/<int:person_id>/second-step/reset/",
        reset_views.person_reset,
        name="person-reset",
    ),
]
