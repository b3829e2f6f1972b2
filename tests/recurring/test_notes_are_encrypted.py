"""Notes may hold a door code: what a thief of the database finds of them, also of earlier ones."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from audit.models import Event
from coopcycle.db import resealing
from coopcycle.db.owner import as_owner
from dispatch.models import Incident
from orders.models import Order
from recurring import services
from recurring.models import Override, RuleVersion, StandingOrderEvent
from tenants.context import in_cooperative
from tests.factories import TaskFactory
from tests.recurring.conftest import NOW, make_kitchen
from tests.recurring.life.conftest import seen

CODE = "Back door, code 40B17"
SECOND = "2026-11-27T06:30:00"
PLACES = [
    (Incident, "note"),
    (Order, "note"),
    (RuleVersion, "note"),
    (Override, "note"),
    (StandingOrderEvent, "changes"),
]
BEFORE = [
    ("dispatch", "0003_encrypt_instructions"),
    ("orders", "0003_stock_a_day"),
    ("recurring", "0014_dates_keep_their_wall_time"),
]


def with_notes():
    """A standing order whose courier's note has a door code, changed once, and on one date."""
    kitchen = make_kitchen()
    order = kitchen.standing_order(note="Ring")
    services.edit_standing_order(
        kitchen.draft(note=CODE), **seen(order), actor=kitchen.odile, at=NOW
    )
    services.change_date(
        services.DateChange(note=f"{CODE} today", minutes=45),
        **seen(order),
        original_start=SECOND,
        actor=kitchen.odile,
        at=NOW,
    )
    task = TaskFactory(failed=True)
    event = task.events.create(kind="failed", recorded_at=NOW)
    Incident.objects.create(task=task, event=event, reason="absent", note=CODE, created_at=NOW)
    return order


def kept(table: str, column: str) -> list[str]:
    """What stands in the table itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} WHERE {column}::text <> ''")
        return [value for (value,) in cursor.fetchall()]


def all_kept() -> list[str]:
    return [
        value for model, column in PLACES for value in kept(model._meta.db_table, column)
    ]  # fmt: skip


def everything_else() -> str:
    """Where a note could have been written a second time."""
    places = [("audit_event", "changes"), ("orders_orderevent", "details")]
    places += [("dispatch_taskevent", "details"), ("coopcycle_outboxmessage", "payload")]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema() AND data_type IN ('jsonb', 'text')"
        )
        there = set(cursor.fetchall())
    return "\n".join(value for place in places if place in there for value in kept(*place))


def record_notes_as_they_did_then() -> None:
    """Triggers are made anew after a migration: its own rewriting is still told to the former."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_update ON orders_order")
        cursor.execute(
            "CREATE TRIGGER audit_update AFTER UPDATE ON orders_order"
            " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"
            " EXECUTE FUNCTION public.audit_record('', '{}', '{id,version,action_id}', '{note}', '', 'many')"
        )
        cursor.execute("UPDATE orders_order SET note = note || ' '")


@pytest.mark.django_db
def test_no_note_with_a_door_code_stands_in_the_clear_and_people_read_them():
    order = with_notes()

    assert [value for value in all_kept() if not value.startswith("k1.")] == []
    assert "40B17" not in everything_else()
    assert order.versions.last().note == CODE
    assert set(Order.objects.values_list("note", flat=True)) == {CODE, f"{CODE} today"}
    assert order.overrides.get().note == f"{CODE} today"
    assert Incident.objects.get().note == CODE
    _changed, edited, created = StandingOrderEvent.objects.all()
    assert edited.changes == [{"what": "note", "before": "Ring", "after": CODE}]
    assert created.changes == []


@pytest.mark.django_db
def test_an_orders_history_says_that_its_note_changed_and_not_what_it_says():
    order = with_notes()

    details = order.occurrences.get(original_start=SECOND).order.events.first().details

    assert (details["before"]["note"], details["after"]["note"]) == (None, None)


def test_earlier_notes_are_encrypted_where_they_stand_leave_the_trail_and_come_back(login_wall):
    with in_cooperative(login_wall.alpha):
        order = with_notes()
    with as_owner(), in_cooperative(login_wall.alpha):
        MigrationExecutor(connection).migrate(BEFORE)
        record_notes_as_they_did_then()
        in_the_clear, trail_before = all_kept(), everything_else()
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())
        encrypted = all_kept()
        trail = everything_else()
        erased = Event.objects.filter(kind="orders_order", operation="E").count()

    assert len([value for value in in_the_clear if CODE in value]) > 3
    assert [value for value in in_the_clear if value.startswith("k1.")] == []
    assert len(encrypted) == len(in_the_clear)
    assert [value for value in encrypted if not value.startswith("k1.")] == []
    assert "40B17" in trail_before
    assert "40B17" not in trail
    assert erased > 0
    with in_cooperative(login_wall.alpha):
        assert order.versions.last().note == CODE


def test_a_new_key_takes_notes_and_histories_along(login_wall):
    with in_cooperative(login_wall.alpha):
        order = with_notes()
    with as_owner(), in_cooperative(login_wall.alpha):
        resealing.rotate(at=timezone.now())
        values = all_kept()
        assert resealing.drop_spent_keys(at=timezone.now() + timedelta(hours=2)) == [1]

    assert [value for value in values if not value.startswith("k2.")] == []
    with in_cooperative(login_wall.alpha):
        assert (
            StandingOrderEvent.objects.filter(standing_order=order)[1].changes[0]["after"] == CODE
        )
