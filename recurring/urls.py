"""Standing orders."""

from django.urls import path

from recurring.views import (
    dates,
    editor,
    holidays,
    listing,
    pauses,
    producer,
    together,
    waiting,
)
from recurring.views.generation import generation

app_name = "recurring"
urlpatterns = [
    path("", listing.rule_list, name="rule-list"),
    path("new/", editor.rule_create, name="rule-create"),
    path("pause-many/", together.pause_many, name="pause-many"),
    path("pause-many/<int:bulk_id>/undo/", together.pause_many_undo, name="pause-many-undo"),
    path("holidays/", holidays.holiday_list, name="holiday-list"),
    path("holidays/open/", holidays.holiday_open, name="holiday-open"),
    path("holidays/<int:year>/", holidays.holiday_list, name="holiday-year"),
    path("holidays/<int:year>/settle/", holidays.holiday_settle, name="holiday-settle"),
    path("producer/", producer.producer_weeks, name="producer-weeks"),
    path("producer/<int:producer_id>/", producer.producer_weeks, name="producer-weeks-of"),
    path("producer/<int:producer_id>/<int:rule_id>/pause/", producer.part_pause, name="part-pause"),
    path(
        "producer/<int:producer_id>/<int:rule_id>/resume/", producer.part_resume, name="part-resume"
    ),
    path("closures/<int:closure_id>/remove/", producer.closure_remove, name="closure-remove"),
    path("waiting/", waiting.waiting_list, name="waiting-list"),
    path(
        "waiting/<int:rule_id>/<str:original>/<int:product_id>/",
        waiting.waiting_decide,
        name="waiting-decide",
    ),
    path("preview/", editor.rule_preview, name="rule-preview"),
    path("suggestions/<int:order_id>/not-now/", listing.suggestion_rest, name="suggestion-rest"),
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
    path("<int:rule_id>/dates/<str:original>/answer/", dates.date_answer, name="date-answer"),
    path("<int:rule_id>/dates/<str:original>/restore/", dates.date_restore, name="date-restore"),
]
