"""The recipient's link."""

from django.urls import re_path

from dispatch.tracking import views

app_name = "tracking"
urlpatterns = [
    re_path(r"^(?P<token>[A-Za-z0-9_-]{20,40})/$", views.delivery, name="delivery"),
]
