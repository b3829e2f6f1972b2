"""Events in words: who, when, which row, and what changed from what to what.

A page of events is told with one query for each kind of row that it names, however many there are.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from audit.models import Event
from audit.saying import sayer_of
from audit.scopes import SCOPE_OF
from audit.words import ACTS, KINDS, column_label
from coopcycle.current import FEDERATION
from coopcycle.dates import format_clock, format_day
from coopcycle.money import format_money
from coopcycle.tracking import Tracked, tracked_tables
from tenants.context import current_cooperative

# How a row of each table is named; else by its `name`. Never by __str__, which may ask again.
NAMED_BY: Mapping[str, str] = {
    "accounts_address": "street",
    "accounts_invitation": "name",
    "accounts_membership": "user__name",
    "dispatch_courier": "user__name",
    "dispatch_delivery": "recipient_name",
    "dispatch_incident": "task__place",
    "dispatch_latereport": "task__place",
    "dispatch_proof": "task__place",
    "dispatch_shift": "courier__user__name",
    "dispatch_task": "place",
    "dispatch_tour": "courier__user__name",
    "orders_closure": "producer__name",
    "orders_order": "buyer__name",
    "orders_orderpart": "producer__name",
    "orders_pricelist": "valid_from",
    "orders_producerterms": "producer__name",
    "recurring_added": "start",
    "recurring_bulkpause": "from_day",
    "recurring_occurrence": "original_start",
    "recurring_override": "original_start",
    "recurring_partpause": "producer__name",
    "recurring_pause": "from_day",
    "recurring_ruleimport": "file_name",
    "recurring_ruleline": "product__name",
    "recurring_ruleversion": "number",
    "recurring_rulewindow": "opens",
    "recurring_stockdecision": "product__name",
    "tenants_domain": "domain",
    "tenants_taxrate": "category",
    "recurring_holidayday": "name",
}
_NOTHING = "–"
_MOST_LINES = 14
_LOCAL_START = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")  # how a rule's dates are kept


@dataclass(frozen=True, slots=True)
class Change:
    """One column. `before` is None where a row was added or removed: then `after` holds all."""

    label: Promise | str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the page draws it."""

    event: Event
    kind: Promise | str
    name: str
    act: Promise | str
    who: str
    changes: Sequence[Change]
    reason: str
    scope: str  # the page of the row's own story, if it has one


def tell(events: Sequence[Event]) -> list[Line]:
    """These events, in words."""
    names = _Names(events)
    return [_line(event, names) for event in events]


def _line(event: Event, names: "_Names") -> Line:
    how = tracked_tables().get(event.kind)
    return Line(
        event=event,
        kind=KINDS.get(event.kind, event.kind),
        name=names.of(event.kind, event.row_id) or _name_in(event),
        act=ACTS[event.operation],
        who=_who(event, names),
        reason=_reason(event),
        changes=list(_changes(event, how, names))[:_MOST_LINES] if how else [],
        scope=SCOPE_OF.get(event.kind, ""),
    )


def _who(event: Event, names: "_Names") -> str:
    if event.actor_id is None and event.reason.startswith(FEDERATION):
        name = event.reason.removeprefix(FEDERATION).partition("|")[0]
        return _("Federation: %(name)s") % {"name": name}
    if event.actor_id is not None:
        return names.of(get_user_model()._meta.db_table, event.actor_id) or _("a person erased")
    if event.login:
        return _("the operator of the platform")
    return _("the platform itself")


def _reason(event: Event) -> str:
    """What somebody gave as the reason, without the name of the federation's staff before it."""
    if event.actor_id is None and event.reason.startswith(FEDERATION):
        return event.reason.partition("|")[2]
    return event.reason


def _name_in(event: Event) -> str:
    """What a row that is gone was called."""
    value = event.changes.get("name") or event.changes.get("place") or ""
    return value if isinstance(value, str) else ""


def _changes(event: Event, how: Tracked, names: "_Names") -> Iterable[Change]:
    fields = {field.column: field for field in how.model._meta.concrete_fields}
    for column, value in event.changes.items():
        field = fields.get(column)
        label = column_label(field) if field is not None else None
        if field is None or label is None or field.name == how.parent:
            continue
        if value == []:
            yield Change(label, None, _("erased"))
        elif event.operation == "U":
            if field.name in how.secret or value == [None, None]:
                yield Change(label, None, _("changed; the value is not kept"))
            else:
                yield Change(label, names.say(field, value[0]), names.say(field, value[1]))
        elif event.operation != "E" and (said := names.say(field, value)) != _NOTHING:
            yield Change(label, None, said)


class _Names:
    """The names of all rows that a page of events mentions, read kind by kind."""

    def __init__(self, events: Sequence[Event]) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        people = get_user_model()._meta.db_table
        for event in events:
            wanted[event.kind].add(event.row_id)
            if event.actor_id is not None:
                wanted[people].add(event.actor_id)
            for table, row_id in _mentioned(event):
                wanted[table].add(row_id)
        self._names = {table: _read(table, ids) for table, ids in wanted.items()}
        cooperative = current_cooperative()
        self._currency = cooperative.currency if cooperative else "EUR"

    def of(self, table: str, row_id: int) -> str:
        return self._names.get(table, {}).get(row_id, "")

    def say(self, field: Any, value: Any) -> str:
        """One value of a column, as people say it."""
        if value in (None, "", [], {}):
            return _NOTHING
        if sayer := sayer_of(field.model._meta.db_table, field.column):
            return sayer.say(value, self.of)
        if field.is_relation:
            related = field.related_model._meta.db_table
            return self.of(related, int(value)) or _("no longer there")
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if field.name.endswith("_minor"):
            return format_money(int(value), self._currency)
        return _plainly(field, value)


def _plainly(field: Any, value: Any) -> str:
    if isinstance(field, models.DateTimeField):
        return _moment(datetime.fromisoformat(value))
    if isinstance(field, models.DateField):
        return format_day(date.fromisoformat(value))
    if isinstance(field, models.TimeField):
        return format_clock(time.fromisoformat(value))
    if isinstance(field, models.DecimalField):
        return f"{Decimal(str(value)).normalize():f}"
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(str(each) for each in value.values())
    return _text(value)


def _text(value: Any) -> str:
    text = str(value)
    return _moment(datetime.fromisoformat(text)) if _LOCAL_START.fullmatch(text) else text


def _moment(moment: datetime) -> str:
    return f"{format_day(moment)}, {format_clock(moment)}"


def _mentioned(event: Event) -> Iterable[tuple[str, int]]:
    """Rows that the event's columns point to."""
    how = tracked_tables().get(event.kind)
    fields: Sequence[Any] = how.model._meta.concrete_fields if how else ()
    for field in fields:
        value = event.changes.get(field.column)
        if field.is_relation:
            for number in value if isinstance(value, list) else [value]:
                if number is not None:
                    yield field.related_model._meta.db_table, int(number)
        elif value and (sayer := sayer_of(event.kind, field.column)):
            for side in value if event.operation == "U" else [value]:
                yield from sayer.mentions(side) if side else ()


def _read(table: str, ids: set[int]) -> dict[int, str]:
    how = tracked_tables().get(table)
    if how is None:
        return {}
    path = NAMED_BY.get(table, "name")
    found = how.model._default_manager.filter(pk__in=ids).values_list("pk", path)
    return {number: _row_name(name) for number, name in found}


def _row_name(name: Any) -> str:
    if isinstance(name, datetime):
        return _moment(name)
    if isinstance(name, date):
        return format_day(name)
    if isinstance(name, time):
        return format_clock(name)
    return _text(name)
