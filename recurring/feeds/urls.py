"""Calendars of a business: their page, and the secret addresses that programs read."""

from django.urls import path

from recurring.feeds import views

app_name = "feeds"
urlpatterns = [
    path("calendars/", views.home, name="home"),
    path("calendars/<str:secret>.ics", views.calendar, name="calendar"),
    path("businesses/<int:business_id>/calendars/", views.feed_list, name="feed-list"),
    path(
        "businesses/<int:business_id>/calendars/<int:feed_id>/renew/",
        views.feed_renew,
        name="feed-renew",
    ),
    path(
        "businesses/<int:business_id>/calendars/<int:feed_id>/revoke/",
        views.feed_revoke,
        name="feed-revoke",
    ),
]
