"""Live changes: tell the pages that are open now that something has changed.

    live.register_topic("board", lambda user: user.is_dispatcher)      # in AppConfig.ready()
    live.publish("board", "board-changed", {"task": task.pk})          # in a service
    live.publish_to({odile.pk}, "orders-changed", {})                  # to these people alone

An event says *what* changed; the page then fetches the HTML, with all its rules. Events may be
lost: a page that connects again fetches again.
"""

import json
import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import redis
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from coopcycle.current import require_schema
from coopcycle.valkey import hint

if TYPE_CHECKING:
    from accounts.models import User

Rule = Callable[["User"], bool]
CHANNELS = "live:"
OWN = "mine"  # the topic on which each person hears what concerns them, and nobody else does
LIVE_TOPICS: dict[str, Rule] = {OWN: lambda user: True}


def register_topic(name: str, rule: Rule) -> None:
    """Let the people of whom `rule` is true listen to `name`. Say it in AppConfig.ready()."""
    LIVE_TOPICS[name] = rule


def publish(topic: str, event: str, payload: Mapping[str, Any]) -> None:
    """Tell the co-op's open pages, once the transaction is committed. Never breaks a request."""
    if topic not in LIVE_TOPICS or topic == OWN:
        raise LookupError(f"No live topic is called {topic!r}.")
    _after_commit([channel(require_schema(), topic)], event, payload)


def publish_to(person_ids: Collection[int], event: str, payload: Mapping[str, Any]) -> None:
    """Tell the open pages of these people of the co-op, once the transaction is committed."""
    schema = require_schema()
    _after_commit([channel(schema, OWN, pk) for pk in sorted(person_ids)], event, payload)


def channel(schema: str, topic: str, person_id: int | None = None) -> str:
    """The name of a channel of a co-op, of one person where the topic is everyone's own.

    Schema and person are those that the server has found out, never sent by a client.
    """
    own = f":{person_id}" if topic == OWN else ""
    return f"{CHANNELS}{schema}:{topic}{own}"


def address(host: str) -> str:
    """Where pages of `host` (without port) listen: LIVE_URL, in which {host} stands for it."""
    return settings.LIVE_URL.replace("{host}", host)


def _after_commit(channels: Collection[str], event: str, payload: Mapping[str, Any]) -> None:
    message = {"id": str(time.time_ns()), "event": event, "payload": payload}
    text = json.dumps(message, cls=DjangoJSONEncoder)
    if channels:
        transaction.on_commit(partial(_send, channels, text), robust=True)


def _send(channels: Collection[str], text: str) -> None:
    def tell(valkey: redis.Redis) -> None:
        with valkey.pipeline(transaction=False) as pipeline:
            for name in channels:
                pipeline.publish(name, text)
            pipeline.execute()

    hint(tell)
