"""A person's own sessions, on every host."""

from django.urls import path

from accounts.sessions import views

app_name = "sessions"
urlpatterns = [
    path("me/sessions/", views.session_list, name="list"),
    path("me/sessions/others/end/", views.session_end_others, name="end-others"),
    path("me/sessions/<uuid:handle>/end/", views.session_end, name="end"),
]
