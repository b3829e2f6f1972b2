"""The co-op's price list."""

from django.urls import URLPattern

app_name = "pricing"
urlpatterns: list[URLPattern] = []
