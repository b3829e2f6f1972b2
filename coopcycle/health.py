"""`/healthz`: does this process reach what it needs? `/readyz`: may people be sent to it?

`/healthz` is for proxies, the demo and people on call, on every known host. `/readyz` asks more: are
the tables those that this code needs? It always answers in time, also when the database hangs.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from psycopg import sql

from coopcycle.db.levels import needed

_ANSWER_WITHIN = 2  # seconds
# Questions that hang keep a thread; when all are kept, the answer is no at once, not later.
_threads = ThreadPoolExecutor(8, thread_name_prefix="readiness")

# Higher apps add what must be so before people come, by its name in the answer. Called in the
# federation, on a thread of its own; False or a database's exception means no.
READY: dict[str, Callable[[], bool]] = {}


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 when database and Valkey answer, else 503; which one fails is said, not why."""
    parts = {"database": _works(_ask_database), "valkey": _works(_ask_valkey)}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def readiness() -> dict[str, bool]:
    """What must be true before people are sent here, each asked for a limited time."""
    asked = {
        "database": _threads.submit(_in_federation, _ask_database),
        "valkey": _threads.submit(_works, _ask_valkey),
        **{name: _threads.submit(_in_federation, ask) for name, ask in READY.items()},
    }
    done, late = wait(asked.values(), timeout=_ANSWER_WITHIN)
    for question in late:
        question.cancel()
    return {name: question in done and question.result() for name, question in asked.items()}


def has_all_migrations(schema: str) -> bool:
    """Whether `schema` has all the tables that this code needs."""
    with connection.cursor() as cursor:
        table = sql.SQL("SELECT app, name FROM {}.django_migrations").format(sql.Identifier(schema))
        cursor.execute(table)
        return needed(schema) <= set(cursor.fetchall())


def _in_federation(ask: Callable[[], object]) -> bool:
    """On a thread's own connection, given back at the end."""
    from tenants.context import in_federation

    try:
        with in_federation():
            return _works(ask)
    except DatabaseError:
        return False
    finally:
        with suppress(DatabaseError):
            connection.close()


def _works(ask: Callable[[], object]) -> bool:
    try:
        return ask() is not False
    except (DatabaseError, redis.RedisError, OSError):
        return False


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_valkey() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_ANSWER_WITHIN, socket_connect_timeout=_ANSWER_WITHIN
    ) as client:
        client.ping()
