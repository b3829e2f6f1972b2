"""What the federation's staff do on the federation's own host."""

from django.urls import path

from accounts import opening_views, undelivered_urls

app_name = "accounts"
urlpatterns = [
    *undelivered_urls.urlpatterns,
    path("open-a-co-op/", opening_views.cooperative_create, name="cooperative-create"),
    path("open-a-co-op/<slug:slug>/", opening_views.cooperative_opened, name="cooperative-opened"),
]
