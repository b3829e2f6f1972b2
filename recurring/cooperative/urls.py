"""Our co-op: what administrators decide for it."""

from django.urls import path

from recurring.cooperative import views

app_name = "cooperative"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("colour.css", views.colour, name="colour"),
    path("time-zone/", views.zone, name="zone"),
]
