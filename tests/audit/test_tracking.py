"""Every row of a business table that changes leaves one event, by whatever way it was changed."""

from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection

from accounts.models import Address, Business, User
from audit.exempt import NOT_RECORDED
from audit.models import Event
from coopcycle.current import acting
from coopcycle.db.bulk import copy_rows
from coopcycle.tracking import tracked_tables
from tests.factories import AddressFactory, BusinessFactory, TaskFactory, UserFactory

pytestmark = pytest.mark.django_db


def tenant_models() -> list[Any]:
    names = set(settings.TENANT_APPS)
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if apps.get_app_config(model._meta.app_label).name in names
    ]


def tracked_tenant_models() -> list[Any]:
    return [model for model in tenant_models() if model._meta.db_table in tracked_tables()]


def events_of(model: Any, since: int = 0) -> list[tuple[str, int]]:
    found = Event.objects.filter(kind=model._meta.db_table, pk__gt=since).order_by("pk")
    return list(found.values_list("operation", "row_id"))


def newest() -> int:
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_every_table_is_recorded_or_says_why_not():
    unsaid = [
        model._meta.label
        for model in tenant_models()
        if model._meta.db_table not in tracked_tables() and model._meta.label not in NOT_RECORDED
    ]
    assert unsaid == []
    assert [
        name for name in NOT_RECORDED if apps.get_model(name)._meta.db_table in tracked_tables()
    ] == []


def test_every_recorded_table_has_its_three_triggers():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relnamespace = current_schema()::regnamespace AND tgname LIKE 'audit\\_%'"
            " AND tgname <> 'audit_refuse' GROUP BY 1"
        )
        found = dict(cursor.fetchall())
    assert found == {model._meta.db_table: 3 for model in tracked_tenant_models()}


@pytest.mark.parametrize("model", tracked_tenant_models(), ids=lambda model: model._meta.label)
def test_raw_sql_on_every_recorded_table_leaves_one_event_a_row(model, role_of_owner):
    """Rows are made without their neighbours: keys and checks are off, as for a repair by hand."""
    table = model._meta.db_table
    columns = [field for field in model._meta.concrete_fields if not field.primary_key]
    changed = next(
        field
        for field in columns
        if field.column not in ignored_of(table) and not field.unique and not field.is_relation
    )
    with connection.cursor() as cursor:
        ids = [insert_anything(cursor, table, columns, number) for number in range(3)]
        cursor.execute(
            f"UPDATE {table} SET {changed.column} = {other_value(changed)} WHERE id = ANY(%s)",
            [ids],
        )
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [ids])
    home = Event.objects.filter(kind=table, row_id__in=ids).order_by("pk")
    assert sorted((event.row_id, event.operation) for event in home) == sorted(
        (row_id, operation) for row_id in ids for operation in "IUD"
    )


@pytest.fixture
def role_of_owner():
    """Only so that a row can stand alone: foreign keys and checks of the tables are dropped."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_user")
        schema, login = cursor.fetchone()
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT format('ALTER TABLE %%I.%%I DROP CONSTRAINT %%I', n.nspname, c.relname, k.conname)"
            " FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND k.contype IN ('f', 'c')",
            [schema],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute(f"SET ROLE {login}")


def ignored_of(table: str) -> set[str]:
    how = tracked_tables()[table]
    return {how.model._meta.get_field(name).column for name in how.ignored}


def insert_anything(cursor: Any, table: str, columns: list[Any], number: int) -> int:
    values = [any_value(field, number) for field in columns]
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(field.column for field in columns)})"
        f" VALUES ({', '.join(values)}) RETURNING id"
    )
    return cursor.fetchone()[0]


def any_value(field: Any, number: int) -> str:
    kind = field.db_type(connection)
    if "char" in kind or kind == "text":
        return f"'{number}'"
    return {
        "jsonb": "'[]'",
        "uuid": "gen_random_uuid()",
        "boolean": "false",
        "date": f"date '2026-01-0{number + 1}'",
        "time": "time '08:00'",
        "timestamp with time zone": "now()",
    }.get(kind, str(number + 1))


def other_value(field: Any) -> str:
    kind = field.db_type(connection)
    if "char" in kind or kind == "text":
        return "'x'"
    return {
        "jsonb": "'[1]'",
        "boolean": "true",
        "date": "date '2027-01-01'",
        "time": "time '09:00'",
        "timestamp with time zone": "now() + interval '1 day'",
    }.get(kind, "77")


class _AddressRow(NamedTuple):
    street: str
    city: str
    country: str
    latitude: str
    longitude: str


def by_save() -> None:
    AddressFactory()
    AddressFactory()


def by_bulk_create() -> None:
    Address.objects.bulk_create(AddressFactory.build_batch(2))


def by_copy() -> None:
    copy_rows(Address, [_AddressRow("1", "Grenoble", "FR", "45", "5")] * 2)


@pytest.mark.parametrize("way", [by_save, by_bulk_create, by_copy])
def test_each_way_of_adding_rows_leaves_one_event_a_row(way):
    since = newest()
    with acting(actor_id=7, request_id="a" * 20, reason="because"):
        way()

    ids = sorted(Address.objects.order_by("-pk").values_list("pk", flat=True)[:2])
    assert events_of(Address, since) == [("I", number) for number in ids]
    told = Event.objects.filter(pk__gt=since).values_list("actor_id", "request_id", "reason")
    assert set(told) == {(7, "a" * 20, "because")}


def test_each_way_of_changing_rows_says_what_from_and_to():
    people = [UserFactory(name="Ana"), UserFactory(name="Ana")]
    since = newest()

    people[0].name = "Odile"
    people[0].save(update_fields=["name"])
    User.objects.filter(pk=people[1].pk).update(name="Odile")
    for person in people:
        person.phone = "1"
    User.objects.bulk_update(people, ["phone"])

    changes = Event.objects.filter(pk__gt=since).order_by("pk").values_list("changes", flat=True)
    assert list(changes) == [
        {"name": ["Ana", "Odile"]},
        {"name": ["Ana", "Odile"]},
        {"phone": ["", "1"]},
        {"phone": ["", "1"]},
    ]


def test_what_does_not_change_anything_leaves_nothing():
    person = UserFactory()
    since = newest()

    person.save()
    User.objects.update(last_login="2026-01-01T00:00Z")

    assert events_of(User, since) == []


def test_a_removed_row_is_kept_as_it_was_with_what_hung_on_it():
    business = BusinessFactory(name="La Fourchette")
    since = newest()

    business.delete()

    [event] = Event.objects.filter(pk__gt=since)
    assert (event.operation, event.row_id) == ("D", event.row_id)
    assert event.changes["name"] == "La Fourchette"


def test_of_a_secret_only_that_it_changed_is_kept():
    person = UserFactory()
    since = newest()

    person.set_password("another one of twelve")
    person.save()

    [event] = Event.objects.filter(pk__gt=since)
    assert event.changes == {"password": [None, None]}
    first = Event.objects.get(kind="accounts_user", row_id=person.pk, operation="I")
    assert "password" not in first.changes


def test_a_row_names_what_it_is_a_part_of():
    task = TaskFactory()

    [event] = Event.objects.filter(kind="dispatch_task", row_id=task.pk, operation="I")
    assert event.parent_id == task.delivery_id


def test_a_row_given_another_number_leaves_the_old_one():
    address = AddressFactory()
    since = newest()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_address SET id = id + 1000 WHERE id = %s", [address.pk])

    [event] = Event.objects.filter(pk__gt=since)
    assert (event.row_id, event.changes["city"]) == (address.pk, ["Grenoble", None])


def test_a_savepoint_that_is_rolled_back_takes_its_events_along():
    from django.db import transaction

    since = newest()
    with acting(actor_id=1, request_id="b" * 20):
        try:
            with transaction.atomic():
                AddressFactory()
                raise RuntimeError
        except RuntimeError:
            pass
        AddressFactory()

    [event] = Event.objects.filter(pk__gt=since)
    assert (event.actor_id, event.request_id) == (1, "b" * 20)


def test_who_acts_is_told_once_a_transaction(django_assert_num_queries):
    """What is told is no query more: it is sent past the counter, once, at the first write."""
    with acting(actor_id=3, request_id="c" * 20), django_assert_num_queries(3):
        Business.objects.count()
        Address.objects.update(city="Grenoble")
        Address.objects.update(city="Lyon")
