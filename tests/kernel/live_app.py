"""The live process with topics of its own, for tests."""

from coopcycle import live
from coopcycle.asgi import application

__all__ = ["application"]

live.register_topic("everyone", lambda user: True)
live.register_topic("dispatchers", lambda user: user.is_dispatcher)
