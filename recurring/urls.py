"""Standing orders."""

from django.urls import path

from recurring import views

app_name = "recurring"
urlpatterns = [
    path("", views.rule_list, name="rule-list"),
    path("new/", views.rule_create, name="rule-create"),
    path("preview/", views.rule_preview, name="rule-preview"),
    path("generation/", views.generation, name="generation"),
    path("<int:rule_id>/", views.rule_detail, name="rule-detail"),
    path("<int:rule_id>/edit/", views.rule_edit, name="rule-edit"),
    path("<int:rule_id>/pause/", views.rule_pause, name="rule-pause"),
    path("<int:rule_id>/resume/", views.rule_resume, name="rule-resume"),
    path("<int:rule_id>/end/", views.rule_end, name="rule-end"),
    path("<int:rule_id>/dates/<str:original>/", views.date_detail, name="date-detail"),
    path("<int:rule_id>/dates/<str:original>/skip/", views.date_skip, name="date-skip"),
    path("<int:rule_id>/dates/<str:original>/restore/", views.date_restore, name="date-restore"),
]
