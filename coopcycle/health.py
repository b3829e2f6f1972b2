"""`/healthz`: does this process reach what it needs? For proxies, the demo and people on call."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_ANSWER_WITHIN = 2  # seconds


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when database and Valkey answer, else 503; which one fails is said, not why."""
    parts = {"database": _works(_ask_database), "valkey": _works(_ask_valkey)}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _works(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except (DatabaseError, redis.RedisError, OSError):
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_valkey() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_ANSWER_WITHIN, socket_connect_timeout=_ANSWER_WITHIN
    ) as client:
        client.ping()
