"""Standing orders."""

from django.urls import path

from recurring.views import dates, editor, listing, pauses
from recurring.views.generation import generation

app_name = "recurring"
urlpatterns = [
    path("", listing.rule_list, name="rule-list"),
    path("new/", editor.rule_create, name="rule-create"),
    path("preview/", editor.rule_preview, name="rule-preview"),
    path("generation/", generation, name="generation"),
    path("<int:rule_id>/", editor.rule_detail, name="rule-detail"),
    path("<int:rule_id>/edit/", editor.rule_edit, name="rule-edit"),
    path("<int:rule_id>/pause/", pauses.rule_pause, name="rule-pause"),
    path("<int:rule_id>/resume/", pauses.rule_resume, name="rule-resume"),
    path("<int:rule_id>/end/", pauses.rule_end, name="rule-end"),
    path("<int:rule_id>/dates/add/", dates.date_add, name="date-add"),
    path("<int:rule_id>/dates/<str:original>/", dates.date_detail, name="date-detail"),
    path("<int:rule_id>/dates/<str:original>/skip/", dates.date_skip, name="date-skip"),
    path("<int:rule_id>/dates/<str:original>/move/", dates.date_move, name="date-move"),
    path("<int:rule_id>/dates/<str:original>/change/", dates.date_change, name="date-change"),
    path("<int:rule_id>/dates/<str:original>/restore/", dates.date_restore, name="date-restore"),
]
