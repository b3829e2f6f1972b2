"""Live changes: tell the pages that are open now that something has changed.

    live.register_topic("board", lambda user: user.is_dispatcher)      # in AppConfig.ready()
    live.publish("board", "board-changed", {"task": task.pk})          # in a service

An event says *what* changed; the page then fetches the HTML, with all its rules. Events may be
lost: a page that connects again fetches again.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from coopcycle.current import require_schema

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

Rule = Callable[["User"], bool]
LIVE_TOPICS: dict[str, Rule] = {}
CHANNELS = "live:"


def register_topic(name: str, rule: Rule) -> None:
    """Let the people of whom `rule` is true listen to `name`. Say it in AppConfig.ready()."""
    LIVE_TOPICS[name] = rule


def publish(topic: str, event: str, payload: Mapping[str, Any]) -> None:
    """Tell the co-op's open pages, once the transaction is committed. Never breaks a request."""
    if topic not in LIVE_TOPICS:
        raise LookupError(f"No live topic is called {topic!r}.")
    message = {"id": str(time.time_ns()), "event": event, "payload": payload}
    text = json.dumps(message, cls=DjangoJSONEncoder)
    transaction.on_commit(partial(_send, channel(require_schema(), topic), text), robust=True)


def channel(schema: str, topic: str) -> str:
    """The name of a co-op's channel. The schema is of the co-op resolved, never sent by a client."""
    return f"{CHANNELS}{schema}:{topic}"


def address(host: str) -> str:
    """Where pages of `host` (without port) listen: LIVE_URL, in which {host} stands for it."""
    return settings.LIVE_URL.replace("{host}", host)


def _send(name: str, text: str) -> None:
    try:
        _valkey().publish(name, text)
    except (redis.RedisError, OSError) as error:
        logger.warning("A live change was not told: %s", error)


@cache
def _valkey() -> redis.Redis:
    """Short patience: a person waits for this."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
