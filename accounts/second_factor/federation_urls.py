"""Sign-in and security at the federation's host."""

from django.urls import path

from accounts.second_factor import own_urls, reset_views

app_name = "security"
urlpatterns = [
    *own_urls.urlpatterns,
    path("co-ops/<slug:slug>/second-step/reset/", reset_views.coop_reset, name="coop-reset"),
]
