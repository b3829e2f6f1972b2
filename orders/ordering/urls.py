"""Orders, from basket to picking list."""

from django.urls import URLPattern

app_name = "ordering"
urlpatterns: list[URLPattern] = []
