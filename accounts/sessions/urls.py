"""Sessions at a co-op's host."""

from django.urls import path

from accounts.sessions import own_urls, views

app_name = "sessions"
urlpatterns = [
    *own_urls.urlpatterns,
    path("people/<int:person_id>/sessions/end/", views.session_end_of_person, name="end-of-person"),
]
