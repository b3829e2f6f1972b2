"""Orders, from basket to picking list."""

from django.urls import path

from orders.ordering import basket_views, home, picking, views

app_name = "ordering"
urlpatterns = [
    path("today/", home.home, name="home"),
    path("orders/", views.order_list, name="order-list"),
    path("orders/new/", basket_views.order_create, name="order-create"),
    path("orders/parcel/", basket_views.parcel_create, name="parcel-create"),
    path("orders/quote/", basket_views.order_quote, name="order-quote"),
    path("orders/to-prepare/", picking.picking_list, name="picking-list"),
    path("orders/to-prepare/accept/", picking.accept_day, name="parts-accept-day"),
    path("orders/<int:order_id>/", views.order_detail, name="order-detail"),
    path("orders/<int:order_id>/note.pdf", views.delivery_note, name="delivery-note"),
    path("orders/<int:order_id>/cancel/", views.order_cancel, name="order-cancel"),
    path("orders/<int:order_id>/price/", views.order_price, name="order-price"),
    path("orders/<int:order_id>/again/", basket_views.order_again, name="order-again"),
    path("orders/parts/<int:part_id>/accept/", views.part_accept, name="part-accept"),
    path("orders/parts/<int:part_id>/refuse/", views.part_refuse, name="part-refuse"),
]
