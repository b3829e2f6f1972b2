"""Background work. Every task runs as one co-op, named in a header, or is explicitly public.

    @cooperative_task                      @public_task
    def tell_customer(order_id): ...       def generate_everywhere(): ...

The header is put on here, at the one door through which all messages leave (`delay`,
`apply_async`, `send_task`, every canvas), and asked for again where the task runs. Without it a
task raises: it never falls back to another schema.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from celery import Celery, Task
from celery.signals import beat_init

from coopcycle.current import (
    actor_here,
    current_act,
    current_schema,
    new_request_id,
    require_schema,
    working_for,
)
from coopcycle.db.errors import NoCooperativeError
from coopcycle.schedule import AT_ONCE, SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")

HEADER = "cooperative"
ORIGIN_HEADER = "origin"


class TaskWithoutCooperativeError(NoCooperativeError):
    """A task that belongs to one co-op was sent, or arrived, without one."""

    def __init__(self, name: str) -> None:
        RuntimeError.__init__(self, f"The task {name} needs a cooperative, and none is named.")


class PublicTask(Task):
    """Works for the federation: starts work in each co-op, or keeps what they share."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _runs_here(self.request):
            return self.run(*args, **kwargs)
        from tenants.context import in_federation

        with _as_asked(self.request), in_federation():
            return self.run(*args, **kwargs)


class CooperativeTask(Task):
    """Runs on the database login of the co-op that published it."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if _runs_here(self.request):
            require_schema()
            return self.run(*args, **kwargs)
        schema = (self.request.headers or {}).get(HEADER)
        if not schema:
            raise TaskWithoutCooperativeError(self.name)
        from tenants.context import cooperative_of_schema, in_cooperative

        with _as_asked(self.request), in_cooperative(cooperative_of_schema(schema)):
            return self.run(*args, **kwargs)


class CooperativeCelery(Celery):
    """Celery whose messages carry the co-op they work for."""

    def send_task(self, name: str, *args: Any, **options: Any) -> Any:
        headers = _origin_headers() | dict(options.get("headers") or {})
        schema = headers.get(HEADER) or current_schema()
        self._address(name, headers, schema)
        for part in _later_parts(options):
            part_headers = _origin_headers() | dict(part.options.get("headers") or {})
            self._address(part.task, part_headers, part_headers.get(HEADER) or schema)
            part.options["headers"] = part_headers
        return super().send_task(name, *args, **{**options, "headers": headers})

    def _address(self, name: str, headers: dict[str, Any], schema: str | None) -> None:
        if self._is_public(name):
            headers.pop(HEADER, None)
        elif schema:
            headers[HEADER] = schema
        else:
            raise TaskWithoutCooperativeError(name)

    def _is_public(self, name: str) -> bool:
        return isinstance(self.tasks.get(name), PublicTask)


def _origin_headers() -> dict[str, Any]:
    """Who asked goes with the message."""
    act = current_act()
    return {ORIGIN_HEADER: [act.request_id, actor_here()]}


def _as_asked(request: Any) -> AbstractContextManager[None]:
    """Who asked, as the message says. What a worker retries keeps its id."""
    request_id, actor_id = (request.headers or {}).get(ORIGIN_HEADER) or ("", None)
    return working_for(request_id or new_request_id(), actor_id)


def _runs_here(request: Any) -> bool:
    """Called as a function, or in a test's eager mode: in the caller's own co-op."""
    return bool(request.called_directly or request.is_eager)


def _later_parts(options: dict[str, Any]) -> Iterable[Any]:
    """The tasks that a worker will publish by itself when this one is done."""
    found: list[Any] = []
    for key in ("chain", "link", "link_error", "chord"):
        value = options.get(key) or []
        for part in value if isinstance(value, list | tuple) else [value]:
            found += [inner for inner in _flat(part) if hasattr(inner, "options")]
    return found


def _flat(part: Any) -> Iterable[Any]:
    inner = getattr(part, "tasks", None)
    if inner:  # a chain or a group inside
        for each in inner:
            yield from _flat(each)
    if body := getattr(part, "body", None):
        yield from _flat(body)
    if not inner:
        yield part


app = CooperativeCelery("coopcycle", task_cls=CooperativeTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()

cooperative_task: Callable[..., Any] = app.task
"""Decorator: a task of one co-op."""


def public_task(*args: Any, **options: Any) -> Any:
    """Decorator: a task of the federation."""
    return app.task(*args, base=PublicTask, **options)


@beat_init.connect
def catch_up(**_signal: Any) -> None:
    """Beat has started: do what fell due while nothing ran."""
    for name in AT_ONCE:
        app.send_task(name, **SCHEDULE[name]["options"])
