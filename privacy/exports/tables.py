"""Which tables a whole co-op takes along, and how their rows are written and read again.

Rows are JSON lines: one object a row, keys are the columns, values as Django's serialiser writes
them. What is encrypted in the database is in the clear here, and is encrypted again under the
new co-op's own key.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, time
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Field, FileField, JSONField, Model
from psycopg import sql

from coopcycle.db.bulk import copy_rows
from coopcycle.models import OutboxMessage

# Django's own lists, the same everywhere; browsers and keys that are worth nothing elsewhere; files
# that were made to be taken away.
LEFT_OUT_APPS = frozenset(
    {
        *("contenttypes", "auth", "messages"),
        *("second_factor", "otp_webauthn", "otp_totp", "otp_static"),  # they open one house's door
        "audit",  # a sealed trail cannot be written a second time; the backup has it
    }
)
LEFT_OUT = frozenset({"accounts.Limit", "accounts.Session", "coopcycle.DataKey", "privacy.Export"})
# What another house reads in place of what stands here. People come with their account, ask for a
# new password and set up a new second step. Mails carry links that open something, and those that
# wait go out where they were written; their keys come along, so that nothing is told twice.
_SENT = OutboxMessage.State.SENT.value
REPLACED: Mapping[str, Callable[[Any], Any]] = {
    "accounts.User.password": lambda _password: "!",
    "accounts.User.has_second_factor": lambda _has: False,
    "coopcycle.OutboxMessage.payload": lambda _mail: {},
    "coopcycle.OutboxMessage.last_error": lambda _words: "",
    "coopcycle.OutboxMessage.state": lambda state: (
        _SENT if state == _SENT else OutboxMessage.State.DROPPED.value
    ),
}
_BATCH = 1000


def models_taken() -> list[type[Model]]:
    """The models of a co-op's own tables, by label."""
    names = {config.split(".")[-1] for config in settings.TENANT_APPS}
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in names
        and model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label not in LEFT_OUT_APPS
        and model._meta.label not in LEFT_OUT
    ]
    return sorted(found, key=lambda model: model._meta.label)


def lines_of(model: type[Model]) -> Iterator[str]:
    """One line of JSON a row, by primary key; the server sends them bit by bit."""
    fields = model._meta.concrete_fields
    replaced = {
        field.attname: REPLACED[name]
        for field in fields
        if (name := f"{model._meta.label}.{field.name}") in REPLACED
    }
    for row in model._default_manager.order_by("pk").iterator(chunk_size=_BATCH):
        values = {field.attname: _plain(field, row) for field in fields}
        values |= {name: replace(values[name]) for name, replace in replaced.items()}
        yield json.dumps(values, cls=_Encoder, ensure_ascii=False, separators=(",", ":"))


def load_lines(model: type[Model], lines: Iterable[str]) -> int:
    """Write rows with the keys that they had; how many. What does not fit raises ValueError."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    row_type: Any = namedtuple("row_type", [*fields])  # type: ignore[misc]  # names that are read
    readers = [_reader(field) for field in fields.values()]
    batch, loaded = [], 0
    for line in lines:
        said = json.loads(line)
        if said.keys() != fields.keys():
            raise ValueError(f"{model._meta.label} has other columns here.")
        batch.append(
            row_type(*(read(said[name]) for read, name in zip(readers, fields, strict=True)))
        )
        if len(batch) == _BATCH:
            copy_rows(model, batch)
            loaded, batch = loaded + len(batch), []
    copy_rows(model, batch)
    return loaded + len(batch)


def count_on(model: type[Model]) -> None:
    """New rows get numbers after those that came."""
    column = str(model._meta.pk.column) if model._meta.pk else ""
    table = sql.Identifier(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_serial_sequence(%s, %s)", [f'"{model._meta.db_table}"', column]
        )
        if (counter := cursor.fetchone()[0]) is None:
            return
        last = sql.SQL("SELECT setval(%s, greatest((SELECT max({}) FROM {}), 1))")
        cursor.execute(last.format(sql.Identifier(column), table), [counter])


class _Encoder(DjangoJSONEncoder):
    """Moments to the microsecond; Django's own encoder cuts them to the millisecond."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if isinstance(o, datetime | time) else super().default(o)


def _plain(field: "Field[Any, Any]", row: Model) -> Any:
    value = field.value_from_object(row)
    if isinstance(field, FileField):
        return value.name or ""
    return value


def _reader(field: "Field[Any, Any]") -> Callable[[Any], Any]:
    if isinstance(field, JSONField | FileField):
        return _as_it_is
    return field.to_python


def _as_it_is(value: Any) -> Any:
    return value
