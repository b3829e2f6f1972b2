from django.apps import AppConfig


class RecurringConfig(AppConfig):
    name = "recurring"

    def ready(self) -> None:
        from recurring import measures

        measures.register()
