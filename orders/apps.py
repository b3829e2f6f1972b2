from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"

    def ready(self) -> None:
        from coopcycle import live
        from dispatch.signals import deliveries_changed
        from orders.ordering.announcing import OFFICE_TOPIC
        from orders.ordering.following import follow_deliveries
        from orders.pricing.first_prices import set_first_prices
        from tenants import provisioning

        live.register_topic(OFFICE_TOPIC, lambda user: user.sees_finance)
        provisioning.AFTER.append(set_first_prices)
        deliveries_changed.connect(follow_deliveries, dispatch_uid="orders-follow-deliveries")
