"""The worker's app with tasks that show as whom they ran."""

import os

import django
import redis
from celery import Task
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
django.setup(set_prefix=False)

from coopcycle import outbox  # noqa: E402 - after setup
from coopcycle.celery import app, cooperative_task, public_task  # noqa: E402

__all__ = ["app"]

valkey = redis.Redis.from_url(os.environ["REDIS_URL"])


def report(key: str, what: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        who = cursor.fetchone()[0]
    valkey.rpush(f"report:{key}", f"{what}{who}")


@cooperative_task
def tell(key: str, *_: object) -> None:
    report(key)


@cooperative_task(bind=True, max_retries=1)
def tell_after_retry(self: Task, key: str) -> None:
    if self.request.retries == 0:
        raise self.retry(countdown=0)
    report(key)


@cooperative_task
def fail(key: str) -> None:
    report(key, "failing as ")
    raise ZeroDivisionError


@public_task
def tell_federation(key: str) -> None:
    report(key)


@outbox.handler("report")
def report_message(key: str, payload: dict[str, str]) -> None:
    report(payload["to"])
