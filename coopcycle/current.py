"""For whom the process works now: which co-op, which person, which request.

Switching the co-op is tenants/context.py's job alone.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import connection

from coopcycle.db.errors import NoCooperativeError


def current_schema() -> str | None:
    """The active co-op's schema; None on the federation's pages."""
    schema = _chosen_schema()
    return None if schema == settings.PUBLIC_SCHEMA_NAME else schema


def require_schema() -> str:
    """The active co-op's schema. Raises NoCooperativeError rather than falling back to another."""
    if schema := current_schema():
        return schema
    raise NoCooperativeError


def _chosen_schema() -> str | None:
    """What the connection sees; on the federation's pages the shared schema."""
    schema: str | None = connection.schema_name  # type: ignore[attr-defined]
    return schema


@dataclass(frozen=True, slots=True)
class Act:
    """On whose behalf the process works for now, and why: what the audit trail is told."""

    actor_id: int | None = None  # none: nobody signed in, or the platform itself
    request_id: str = ""
    address: str | None = None  # from where the request came
    reason: str = ""
    # Where the number counts; another schema gives it to somebody else. None: wherever it is said.
    actor_home: str | None = None
    actor_name: str = ""  # for a schema in which the number says nothing

    @property
    def is_nobody(self) -> bool:
        """There is nothing that the audit trail could be told."""
        return not (self.actor_id or self.request_id or self.reason)


FEDERATION = "federation: "  # begins the reason of what the federation's staff do in a co-op

REQUEST_HEADER = "X-Request-ID"
_REQUEST_ID = re.compile(r"[A-Za-z0-9]{8,32}\Z")
_NOBODY = Act()
_act: ContextVar[Act] = ContextVar("act", default=_NOBODY)


def current_act() -> Act:
    """Who acts, in which request, for what reason."""
    return _act.get()


def visitor() -> str:
    """The name of who works in this schema and has no number in it: the federation's staff."""
    act = _act.get()
    is_home = act.actor_home in (None, _chosen_schema())
    return "" if is_home or act.actor_id is None else act.actor_name or "?"


def actor_here() -> int | None:
    """The number of who acts, where it is one of this schema's people."""
    return None if visitor() else _act.get().actor_id


def reason_here() -> str:
    """Why it is done; for a visitor, first who does it."""
    name, reason = visitor(), _act.get().reason
    said = f"{FEDERATION}{name.replace('|', '/')}" if name else ""
    return (f"{said}|{reason}" if said and reason else said or reason)[:300]


def request_id() -> str:
    """Names what a person's click set off: in log lines, in the audit trail, on the error page."""
    return _act.get().request_id


def usable_request_id(text: str) -> str:
    """The id that a proxy of ours gave, a UUID too; a new one where it has not the form of an id."""
    plain = text.replace("-", "")
    return plain if _REQUEST_ID.match(plain) else new_request_id()


def new_request_id() -> str:
    """Twenty hexadecimal digits that ascend with time, so that indexes grow at their end."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.token_hex(5)[:9]}"


@contextmanager
def working_for(request_id: str, actor_id: int | None) -> Iterator[None]:
    """Do what somebody asked for earlier: a task, a message. Nothing stays as it was around it."""
    token = _act.set(Act(actor_id=actor_id, request_id=request_id))
    try:
        yield
    finally:
        _act.reset(token)


@contextmanager
def acting(
    *,
    actor_id: int | None = None,
    request_id: str | None = None,
    address: str | None = None,
    reason: str | None = None,
    actor_home: str | None = None,
    actor_name: str = "",
) -> Iterator[Act]:
    """Act on somebody's behalf inside the block. What is not given stays as it was around it.

    `actor_home` is the schema whose person the actor is, `actor_name` what they are called elsewhere.
    """
    given: dict[str, Any] = {
        "actor_id": actor_id,
        "request_id": request_id,
        "address": address,
        "reason": reason,
    }
    if actor_id is not None:
        given |= {"actor_home": actor_home or "", "actor_name": actor_name}
    act = replace(_act.get(), **{name: value for name, value in given.items() if value is not None})
    act = replace(act, actor_home=act.actor_home or None)
    token = _act.set(act)
    try:
        yield act
    finally:
        _act.reset(token)


def act_as(actor_id: int) -> None:
    """Someone has signed in just now: what the request does from here on is theirs."""
    act = _act.get()
    if act.request_id:  # outside of a request nothing would ever end it
        _act.set(replace(act, actor_id=actor_id, actor_home=_chosen_schema()))


def telling_why[**P, R](service: Callable[P, R]) -> Callable[P, R]:
    """Decorator of a service: its `reason` is the reason of all that it changes."""

    @wraps(service)
    def told(*args: P.args, **options: P.kwargs) -> R:
        with acting(reason=str(options.get("reason") or "")[:300]):
            return service(*args, **options)

    return told
