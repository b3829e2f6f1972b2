"""What is encrypted in the database: for one co-op, one table, one column; and its keys' life."""

from datetime import timedelta
from typing import NamedTuple

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import DataError, connection, transaction
from django.utils import timezone

from accounts.models import Address
from coopcycle.db import keys, resealing
from coopcycle.db.bulk import copy_rows
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.db.keys import KeyMissingError, current_ring
from coopcycle.db.owner import as_owner
from coopcycle.models import DataKey
from dispatch.models import Task
from tenants.context import in_cooperative
from tests.factories import AddressFactory, TaskFactory

CODE = "Code 40B17, second yard"


@pytest.fixture
def fresh_rings():
    """A test that changes keys leaves none of them to the next, and the others' as they were."""
    kept = dict(keys._rings)
    keys.forget_rings()
    yield
    keys.forget_rings()
    keys._rings.update(kept)


def raw(model, pk, column="instructions"):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM {model._meta.db_table} WHERE id = %s', [pk])
        return cursor.fetchone()[0]


def put_raw(model, pk, value):
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} SET instructions = %s WHERE id = %s", [value, pk]
        )


@pytest.mark.django_db
def test_the_table_holds_no_plaintext_and_the_person_reads_it():
    address = AddressFactory(instructions=CODE)

    stored = raw(Address, address.pk)

    assert stored.startswith("k1.")
    assert "40B17" not in stored
    assert Address.objects.get(pk=address.pk).instructions == CODE
    assert Address.objects.values_list("instructions", flat=True).get(pk=address.pk) == CODE


@pytest.mark.django_db
def test_the_same_text_looks_different_each_time_and_empty_stays_empty():
    first, second, none = (
        AddressFactory(instructions=CODE),
        AddressFactory(instructions=CODE),
        AddressFactory(),
    )

    assert raw(Address, first.pk) != raw(Address, second.pk)
    assert raw(Address, none.pk) == ""
    assert list(Address.objects.filter(instructions="")) == [none]


@pytest.mark.django_db
def test_rows_by_copy_and_bulk_update_are_encrypted_too(fresh_rings):
    class AddressRow(NamedTuple):
        id: int
        street: str
        postal_code: str
        city: str
        country: str
        latitude: float
        longitude: float
        instructions: str

    copy_rows(Address, [AddressRow(9001, "1, rue", "38000", "Grenoble", "FR", 45, 5, CODE)])
    task = TaskFactory()
    task.instructions = CODE
    Task.objects.bulk_update([task], ["instructions"])

    assert raw(Address, 9001).startswith("k1.")
    assert Address.objects.get(pk=9001).instructions == CODE
    assert raw(Task, task.pk).startswith("k1.")
    assert Task.objects.get(pk=task.pk).instructions == CODE


@pytest.mark.django_db
def test_a_value_cannot_be_moved_to_another_column_or_changed():
    address, task = AddressFactory(instructions=CODE), TaskFactory()
    stored = raw(Address, address.pk)
    put_raw(Task, task.pk, stored)
    put_raw(
        Address, address.pk, stored[:-6] + ("AAAAA=" if not stored.endswith("AAAAA=") else "BBBBB=")
    )

    with pytest.raises(KeyMissingError, match="moved or changed"):
        Task.objects.get(pk=task.pk)
    with pytest.raises(KeyMissingError, match="moved or changed"):
        Address.objects.get(pk=address.pk)


@pytest.mark.django_db
def test_the_key_of_one_co_op_opens_nothing_of_another(alpha, beta):
    stored = raw(Address, AddressFactory(instructions=CODE).pk)
    with in_cooperative(beta):
        theirs = AddressFactory()
        put_raw(Address, theirs.pk, stored)
        with pytest.raises(KeyMissingError, match="moved or changed"):
            Address.objects.get(pk=theirs.pk)


def test_a_key_row_that_is_copied_into_another_co_op_opens_nothing(login_wall, fresh_rings):
    alpha, beta = login_wall.alpha.schema_name, login_wall.beta.schema_name
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {beta}.coopcycle_datakey")
        cursor.execute(
            f"INSERT INTO {beta}.coopcycle_datakey SELECT * FROM {alpha}.coopcycle_datakey"
        )

    with in_cooperative(login_wall.beta), pytest.raises(KeyMissingError, match="another co-op"):
        current_ring()


def test_a_co_ops_login_reads_its_keys_and_changes_none(login_wall, fresh_rings):
    with in_cooperative(login_wall.alpha):
        assert DataKey.objects.count() == 1
        for statement in (
            "DELETE FROM coopcycle_datakey",
            "UPDATE coopcycle_datakey SET wrapped = ''",
            "INSERT INTO coopcycle_datakey SELECT * FROM coopcycle_datakey",
            f"SELECT * FROM {login_wall.beta.schema_name}.coopcycle_datakey",
            "SELECT * FROM public.coopcycle_datakey",
        ):
            with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
                cursor.execute(statement)


@pytest.mark.django_db
def test_too_long_a_text_is_refused_and_it_cannot_be_searched():
    with pytest.raises(DataError), transaction.atomic():
        AddressFactory(instructions="x" * 301)
    with pytest.raises(FieldError):
        Address.objects.filter(instructions="Code").exists()
    with pytest.raises(FieldError):
        Address.objects.filter(instructions__contains="Code").exists()


@pytest.mark.django_db
def test_reading_many_rows_asks_for_the_keys_once(django_assert_num_queries, fresh_rings):
    for number in range(30):
        AddressFactory(instructions=f"Code {number}")
    keys.forget_rings()

    with django_assert_num_queries(2):  # the rows, the keys
        assert len({address.instructions for address in Address.objects.all()}) == 30
    with django_assert_num_queries(1):
        assert Address.objects.first().instructions == "Code 0"


def test_a_process_holds_the_keys_of_a_limited_number_of_co_ops(
    login_wall, fresh_rings, monkeypatch
):
    monkeypatch.setattr(keys, "MOST_RINGS", 1)
    for cooperative in (login_wall.alpha, login_wall.beta):
        with in_cooperative(cooperative):
            current_ring()

    assert list(keys._rings) == [login_wall.beta.schema_name]


def test_a_new_key_encrypts_everything_again_and_the_old_one_goes_when_nobody_needs_it(
    login_wall, fresh_rings, capsys
):
    with in_cooperative(login_wall.alpha):
        address = AddressFactory(instructions=CODE)
        task = TaskFactory(address=address, instructions=CODE)
        before = raw(Address, address.pk)

    call_command("rotate_keys", cooperative="alpha")

    assert "2 values have a new key" in capsys.readouterr().out
    with in_cooperative(login_wall.alpha):
        assert raw(Address, address.pk).startswith("k2.")
        assert Task.objects.get(pk=task.pk).instructions == CODE
        put_raw(Address, address.pk, before)  # a process that still held the old key wrote it
        assert Address.objects.get(pk=address.pk).instructions == CODE
    with as_owner(), in_cooperative(login_wall.alpha):
        assert resealing.drop_spent_keys(at=timezone.now()) == []
        later = timezone.now() + timedelta(hours=2)
        assert resealing.drop_spent_keys(at=later) == []  # that one value needs it
        assert resealing.reseal() == 1
        assert resealing.drop_spent_keys(at=later) == [1]
        assert [key.number for key in DataKey.objects.all()] == [2]
    with in_cooperative(login_wall.alpha):
        assert Address.objects.get(pk=address.pk).instructions == CODE


def test_a_new_master_key_wraps_all_keys_again_and_touches_no_value(
    login_wall, fresh_rings, settings, capsys
):
    with in_cooperative(login_wall.alpha):
        address = AddressFactory(instructions=CODE)
        before = raw(Address, address.pk)
    former = settings.DATA_MASTER_KEY
    settings.DATA_MASTER_KEY, settings.DATA_MASTER_KEYS_FORMER = "another long text", [former]
    keys.forget_rings()

    call_command("rotate_keys")

    assert "2 co-ops: 3 keys wrapped again, 0 values" in capsys.readouterr().out
    settings.DATA_MASTER_KEYS_FORMER = []
    keys.forget_rings()
    with in_cooperative(login_wall.alpha):
        assert raw(Address, address.pk) == before
        assert Address.objects.get(pk=address.pk).instructions == CODE
    settings.DATA_MASTER_KEY = former
    keys.forget_rings()
    with in_cooperative(login_wall.alpha), pytest.raises(KeyMissingError, match="master key"):
        current_ring()


def test_without_its_key_a_co_ops_secrets_are_gone_and_others_are_not(login_wall, fresh_rings):
    for cooperative in (login_wall.alpha, login_wall.beta):
        with in_cooperative(cooperative):
            AddressFactory(instructions=CODE)

    with pytest.raises(CommandError, match="--yes"):
        call_command("rotate_keys", erase="alpha")
    call_command("rotate_keys", erase="alpha", yes=True)

    with in_cooperative(login_wall.alpha), pytest.raises(KeyMissingError):
        Address.objects.get().instructions  # noqa: B018 - reading is the point
    with in_cooperative(login_wall.beta):
        assert Address.objects.get().instructions == CODE


def test_a_key_that_was_rolled_back_is_used_for_nothing(login_wall, fresh_rings):
    with as_owner(), in_cooperative(login_wall.alpha):
        with transaction.atomic():
            keys.make_key(at=timezone.now())
            assert current_ring().newest == 2
            transaction.set_rollback(True)

        assert current_ring().newest == 1
    with in_cooperative(login_wall.alpha):
        assert raw(Address, AddressFactory(instructions=CODE).pk).startswith("k1.")


def test_what_an_older_version_wrote_is_read_and_then_encrypted(login_wall, fresh_rings):
    with in_cooperative(login_wall.alpha):
        address = AddressFactory(instructions=CODE)
        put_raw(Address, address.pk, "Code in the clear")
        assert Address.objects.get(pk=address.pk).instructions == "Code in the clear"

    with as_owner(), in_cooperative(login_wall.alpha):
        assert resealing.reseal() == 1

    with in_cooperative(login_wall.alpha):
        assert raw(Address, address.pk).startswith("k1.")
        assert Address.objects.get(pk=address.pk).instructions == "Code in the clear"


def test_every_encrypted_column_is_bound_to_its_own_table_and_to_a_name_of_its_own():
    from django.apps import apps

    found = [
        (field.place, model._meta.db_table)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, EncryptedTextField)
    ]

    assert len({place for place, _table in found}) == len(found) > 3
    assert [place for place, table in found if not place.startswith(f"{table}.")] == []
