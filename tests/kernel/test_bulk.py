"""Rows by COPY: defaults, JSON, ids, and the database's own checks."""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from coopcycle.db.bulk import _Columns, copy_rows, reserve_ids
from coopcycle.models import OutboxMessage

pytestmark = pytest.mark.django_db


class MessageRow(NamedTuple):
    key: str
    payload: dict[str, Any]
    kind: str = "note"


class NumberedRow(NamedTuple):
    id: int
    kind: str
    key: str
    payload: dict[str, Any]


def test_what_a_row_does_not_name_gets_the_default():
    copy_rows(OutboxMessage, [MessageRow("a", {"name": "L’Épi \\N\t\n"}), MessageRow("b", {})])

    first, second = OutboxMessage.objects.order_by("key")
    assert first.payload == {"name": "L’Épi \\N\t\n"}
    assert (first.state, first.attempts, first.sent_at) == ("waiting", 0, None)
    assert first.created_at.tzinfo is not None
    assert first.pk < second.pk


def test_what_is_the_same_in_all_rows_is_said_once():
    at = datetime(2026, 11, 24, 8, 30, tzinfo=ZoneInfo("Europe/Paris"))
    rows = [MessageRow("a", {}), MessageRow("b", {})]
    copy_rows(OutboxMessage, rows, created_at=at, actor_id=None, last_error="L’Épi\t")

    found = OutboxMessage.objects.values_list("created_at", "actor_id", "last_error")
    assert list(found) == [(at, None, "L’Épi\t")] * 2


def test_reserved_ids_are_nobody_elses():
    ids = reserve_ids(OutboxMessage, 3)
    copy_rows(OutboxMessage, [NumberedRow(pk, "note", f"k{pk}", {}) for pk in ids])

    later = OutboxMessage.objects.create(kind="note", key="later", payload={})
    assert ids == sorted(set(ids))
    assert later.pk > ids[-1]


def test_no_rows_take_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        copy_rows(OutboxMessage, [])
    assert reserve_ids(OutboxMessage, 0) == []


def test_constraints_stay_on():
    with pytest.raises(IntegrityError, match="key"), transaction.atomic():
        copy_rows(OutboxMessage, [MessageRow("same", {}), MessageRow("same", {})])

    assert OutboxMessage.objects.count() == 0


def test_a_failure_within_python_leaves_the_connection_usable():
    class Unwritable:
        pass

    with pytest.raises(Exception, match="adapt"), transaction.atomic():
        copy_rows(OutboxMessage, [MessageRow(Unwritable(), {})])

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_column_is_named_only_when_it_holds_something():
    columns = _Columns(OutboxMessage, MessageRow._fields, {})

    assert "sent_at" not in columns.statement.as_string()
    assert "last_error" in columns.statement.as_string()  # empty, which is not NULL
    assert "request_id" not in columns.statement.as_string()  # the database has a default


def test_each_row_gets_a_default_of_its_own():
    copy_rows(OutboxMessage, [MessageRow("a", {}), MessageRow("b", {})])

    first, second = OutboxMessage.objects.order_by("key").values_list("created_at", flat=True)
    assert first < second
