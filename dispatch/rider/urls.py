"""The courier's page."""

from django.urls import URLPattern

app_name = "rider"
urlpatterns: list[URLPattern] = []
