"""Producers and their products."""

from django.urls import URLPattern

app_name = "catalog"
urlpatterns: list[URLPattern] = []
