"""The dispatcher's day."""

from django.urls import path

from dispatch.board import crew, reports, views

app_name = "board"
urlpatterns = [
    path("", views.day, name="day"),
    path("columns/", views.columns, name="columns"),
    path("operations/", views.operations, name="operations"),
    path("tasks/<int:task_id>/", views.task_detail, name="task-detail"),
    path("tasks/<int:task_id>/cancel/", views.task_cancel, name="task-cancel"),
    path("tasks/<int:task_id>/restore/", views.task_restore, name="task-restore"),
    path("incidents/<int:incident_id>/resolve/", views.incident_resolve, name="incident-resolve"),
    path("reports/<int:report_id>/accept/", reports.report_accept, name="report-accept"),
    path("reports/<int:report_id>/put-aside/", reports.report_put_aside, name="report-put-aside"),
    path("couriers/", crew.courier_list, name="courier-list"),
    path("couriers/vehicle/", crew.courier_edit, name="courier-edit"),
    path("tours/", crew.tour_create, name="tour-create"),
    path("tours/<int:tour_id>/", crew.tour_edit, name="tour-edit"),
    path("tours/<int:tour_id>/put-away/", crew.tour_archive, name="tour-archive"),
    path("shifts/", crew.shift_edit, name="shift-edit"),
    path("shifts/<int:shift_id>/remove/", crew.shift_remove, name="shift-remove"),
]
