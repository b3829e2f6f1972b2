"""What was given up, at a co-op's host for its administrators, at the federation's for its staff."""

from django.urls import path

from accounts import undelivered_views

urlpatterns = [
    path("not-sent/", undelivered_views.undelivered_list, name="undelivered-list"),
    path(
        "not-sent/<int:message_id>/again/",
        undelivered_views.undelivered_again,
        name="undelivered-again",
    ),
    path(
        "not-sent/<int:message_id>/drop/",
        undelivered_views.undelivered_drop,
        name="undelivered-drop",
    ),
]
