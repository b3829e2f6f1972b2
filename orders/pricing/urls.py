"""The co-op's price list."""

from django.urls import path

from orders.pricing import views

app_name = "pricing"
urlpatterns = [path("", views.price_list, name="price-list")]
