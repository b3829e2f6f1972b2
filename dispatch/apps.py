from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "dispatch"

    def ready(self) -> None:
        from coopcycle import live

        live.register_topic("board", lambda user: user.sees_all)
