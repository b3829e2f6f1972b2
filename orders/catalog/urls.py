"""Producers and their products."""

from django.urls import path

from orders.catalog import views

app_name = "catalog"
urlpatterns = [
    path("producers/", views.producer_list, name="producer-list"),
    path("producers/<int:producer_id>/", views.producer_products, name="producer-products"),
    path("producers/<int:producer_id>/terms/", views.terms_edit, name="terms-edit"),
    path("producers/<int:producer_id>/products/new/", views.product_create, name="product-create"),
    path("products/", views.product_list, name="product-list"),
    path("products/<int:product_id>/", views.product_edit, name="product-edit"),
    path(
        "products/<int:product_id>/availability/",
        views.product_availability,
        name="product-availability",
    ),
    path("products/<int:product_id>/archive/", views.product_archive, name="product-archive"),
]
