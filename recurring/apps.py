from django.apps import AppConfig


class RecurringConfig(AppConfig):
    name = "recurring"

    def ready(self) -> None:
        from recurring import measures, trail_words

        measures.register()
        trail_words.register()
