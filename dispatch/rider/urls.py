"""The courier's page."""

from django.urls import path

from dispatch.rider import views

app_name = "rider"
urlpatterns = [
    path("", views.day, name="day"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("stops/<int:task_id>/", views.task, name="task"),
    path("stops/<int:task_id>/action/", views.action, name="action"),
    path("stops/<int:task_id>/queued/", views.queued_action, name="queued-action"),
    path("reports/<int:report_id>.jpg", views.report_photo, name="report-photo"),
    path("proofs/<int:proof_id>.jpg", views.proof_photo, name="proof-photo"),
]
