"""What happened here."""

from django.urls import path

from audit import views

app_name = "audit"
urlpatterns = [
    path("", views.trail, name="trail"),
    path("doors/", views.doors, name="doors"),
    path("<slug:scope>/<int:row_id>/", views.object_story, name="object"),
]
