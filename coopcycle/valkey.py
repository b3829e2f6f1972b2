"""Valkey, for hints that may be lost: who is woken, which open pages are told.

A person waits for what a request does here. So patience is short, and after a failure there is none
for some seconds: what hangs, hangs once.
"""

import logging
import time
from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

PATIENCE = 0.5  # seconds
REST = 5.0  # seconds without a try after a failure
_resting_until = 0.0


def hint[T](give: "Callable[[redis.Redis], T]") -> T | None:
    """What `give` answers; None when Valkey did not answer it. Never raises for Valkey's sake."""
    global _resting_until
    if time.monotonic() < _resting_until:
        return None
    try:
        return give(_client())
    except (redis.RedisError, OSError) as error:
        _resting_until = time.monotonic() + REST
        logger.warning("Valkey did not take a hint: %s", error)
        return None


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE
    )
