from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from dispatch.signals import delivery_changed
        from orders.ordering.following import follow_delivery

        delivery_changed.connect(follow_delivery, dispatch_uid="orders-follow-deliveries")
