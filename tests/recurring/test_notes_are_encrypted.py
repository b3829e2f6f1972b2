"""Notes may hold a door code: what a thief of the database finds of them, also of earlier ones."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from audit.models import Event
from coopcycle.db import resealing
from coopcycle.db.owner import as_owner
from dispatch.models import Incident, LateReport, Task
from orders.models import Order, OrderEvent, OrderPart
from recurring import services
from recurring.models import Override, RuleVersion, StandingOrderEvent
from tenants.context import in_cooperative
from tests.factories import CourierFactory, TaskFactory, UserFactory
from tests.privacy.test_retention import parcel
from tests.recurring.conftest import NOW, make_kitchen
from tests.recurring.life.conftest import seen

CODE = "Back door, code 40B17"
SECOND = "2026-11-27T06:30:00"
PLACES = [
    (Incident, "note"),
    (LateReport, "aside_because"),
    (Order, "note"),
    (OrderPart, "note"),
    (RuleVersion, "note"),
    (RuleVersion, "producer_notes"),
    (Override, "note"),
    (StandingOrderEvent, "changes"),
]
# The state before notes were encrypted, and what the triggers of its tables were told then.
COURIERS = (
    [
        ("dispatch", "0003_encrypt_instructions"),
        ("orders", "0003_stock_a_day"),
        ("recurring", "0014_dates_keep_their_wall_time"),
    ],
    [("orders_order", "note", "'', '{}', '{id,version,action_id}', '{note}', '', 'many'")],
)
PRODUCERS = (
    [
        ("dispatch", "0007_client_id_by_database"),
        ("orders", "0008_hold_what_is_short"),
        ("recurring", "0021_dates_that_wait"),
    ],
    [
        ("orders_orderpart", "note", "'order_id', '{}', '{id}', '{reason,note}', '', 'many'"),
        (
            "recurring_ruleversion",
            "producer_notes",
            "'standing_order_id', '{note}', '{id}', '{producer_notes}', '', ''",
        ),
        ("dispatch_latereport", "aside_because", "'task_id', '{note}', '{id}', '{}', '', ''"),
    ],
)


def with_notes():
    """A standing order whose notes for courier and producer have a door code, changed once, and on
    one date."""
    kitchen = make_kitchen()
    farm = str(kitchen.tomatoes.producer_id)
    order = kitchen.standing_order(note="Ring", producer_notes={farm: "Ring"})
    services.edit_standing_order(
        kitchen.draft(note=CODE, producer_notes={farm: CODE}),
        **seen(order),
        actor=kitchen.odile,
        at=NOW,
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
    LateReport.objects.create(
        task=task,
        courier=CourierFactory(),
        kind="done",
        hindrance="cancelled",
        client_id=uuid4(),
        happened_at=NOW,
        recorded_at=NOW,
        outcome="aside",
        settled_at=NOW,
        settled_by=UserFactory(),
        aside_because=CODE,
    )
    return order


def kept(table: str, column: str) -> list[str]:
    """What stands in the table itself, and says something."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}::text FROM {table} WHERE {column}::text NOT IN ('', '[]', '{{}}')"
        )
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


def record_notes_as_they_did_then(tables) -> None:
    """Triggers are made anew after a migration: its own rewriting is still told to the former."""
    with connection.cursor() as cursor:
        for table, column, told in tables:
            cursor.execute(f"DROP TRIGGER audit_update ON {table}")
            cursor.execute(
                f"CREATE TRIGGER audit_update AFTER UPDATE ON {table}"
                " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"
                f" EXECUTE FUNCTION public.audit_record({told})"
            )
            added = """'{"0": ""}'""" if column == "producer_notes" else "' '"
            cursor.execute(f"UPDATE {table} SET {column} = {column} || {added}")


def tell_the_history_as_it_was_told_then(order: Order, task: Task) -> None:
    """Notes for producers stood in it, and who gets a parcel."""
    now = {"recipient": ["Odile Martin", "+33 6", 7], "lines": []}
    for kind, details in (
        ("changed", {"before": {"producer_notes": {"7": CODE}}, "after": {"producer_notes": {}}}),
        ("changed", {"before": {"lines": []}, "after": now, "by_hand": True}),
        ("failed", {"task": task.pk, "place": "Odile Martin"}),
    ):
        OrderEvent.objects.create(order=order, at=NOW, kind=kind, details=details)


@pytest.mark.django_db
def test_no_note_with_a_door_code_stands_in_the_clear_and_people_read_them():
    order = with_notes()

    assert [value for value in all_kept() if not value.startswith("k1.")] == []
    assert "40B17" not in everything_else()
    assert order.versions.last().note == CODE
    assert set(Order.objects.values_list("note", flat=True)) == {CODE, f"{CODE} today"}
    assert order.overrides.get().note == f"{CODE} today"
    assert Incident.objects.get().note == CODE
    assert LateReport.objects.get().aside_because == CODE
    farm, orchard = order.versions.last().lines.values_list("product__producer", flat=True)
    assert order.versions.last().producer_notes == {str(farm): CODE}
    assert set(OrderPart.objects.values_list("producer", "note")) == {
        (farm, CODE),
        (orchard, ""),
    }
    _changed, edited, created = StandingOrderEvent.objects.all()
    assert edited.changes == [
        {"what": "note", "before": "Ring", "after": CODE},
        {"what": "producer_notes", "before": {str(farm): "Ring"}, "after": {str(farm): CODE}},
    ]
    assert created.changes == []


@pytest.mark.django_db
def test_an_orders_history_says_that_its_notes_changed_and_not_what_they_say():
    order = with_notes()

    of_the_date, of_the_rule = order.occurrences.get(original_start=SECOND).order.events.filter(
        kind="changed"
    )

    assert (of_the_date.details["before"]["note"], of_the_date.details["after"]["note"]) == (
        None,
    ) * 2
    assert of_the_rule.details["before"] == {"note": None, "producer_notes": None}
    assert of_the_rule.details["after"] == {"note": None, "producer_notes": None}


@pytest.mark.parametrize(("before", "tables"), [COURIERS, PRODUCERS], ids=["couriers", "producers"])
def test_earlier_notes_are_encrypted_where_they_stand_leave_the_trail_and_come_back(
    login_wall, before, tables
):
    with in_cooperative(login_wall.alpha):
        order = with_notes()
    with as_owner(), in_cooperative(login_wall.alpha):
        MigrationExecutor(connection).migrate(before)
        record_notes_as_they_did_then(tables)
        columns = [(table, column) for table, column, _told in tables]
        in_the_clear = [value for place in columns for value in kept(*place)]
        trail_before = everything_else()
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())
        encrypted, trail = all_kept(), everything_else()
        erased = {
            table: Event.objects.filter(kind=table, operation="E").exists() for table, _ in columns
        }

    assert len([value for value in in_the_clear if CODE in value]) >= len(tables)
    assert [value for value in in_the_clear if value.startswith("k1.")] == []
    assert len(encrypted) >= len(in_the_clear)
    assert [value for value in encrypted if not value.startswith("k1.")] == []
    assert "40B17" in trail_before
    assert "40B17" not in trail
    assert set(erased.values()) == {True}
    with in_cooperative(login_wall.alpha):
        version = order.versions.last()
        assert version.note == CODE
        assert CODE in version.producer_notes.values()


def test_histories_of_orders_lose_what_is_private_and_keep_that_it_changed(login_wall):
    with in_cooperative(login_wall.alpha):
        task = parcel(1)
        order = Order.objects.get(delivery=task.delivery_id)
        tell_the_history_as_it_was_told_then(order, task)
    with as_owner(), in_cooperative(login_wall.alpha):
        MigrationExecutor(connection).migrate(PRODUCERS[0])
        newest = MigrationExecutor(connection)
        newest.migrate(newest.loader.graph.leaf_nodes())

    with in_cooperative(login_wall.alpha):
        failed, recipient, notes = order.events.values_list("details", flat=True)
        assert failed == {"task": task.pk}
        assert recipient["after"] == {"recipient": None, "lines": []}
        assert (recipient["before"], recipient["by_hand"]) == ({"lines": []}, True)
        assert notes == {"before": {"producer_notes": None}, "after": {"producer_notes": None}}


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
