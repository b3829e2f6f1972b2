"""Opening a cooperative: all of it or nothing, in a moment."""

import re
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import User
from coopcycle.db.owner import as_owner
from coopcycle.errors import DomainError
from recurring.models import StandingOrder
from tenants import provisioning
from tenants.context import current_cooperative, in_cooperative, in_federation
from tenants.models import Cooperative, Domain
from tenants.provisioning import create_cooperative
from tenants.template import TEMPLATE_SCHEMA, structure_sql


def count(statement: str, *values: str) -> int:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def traces() -> tuple[int, int, int]:
    """What opening a cooperative makes in this database: schemas and rows."""
    with in_federation():
        rows = Cooperative.objects.count(), Domain.objects.count()
    return (count("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'c\\_%%'"), *rows)


def plainly(structure: str) -> str:
    """Without the casts and brackets that PostgreSQL adds each time it writes a condition."""
    return re.sub(r"::[a-z ]+(\[\])?|[()]", "", structure)


def test_a_new_cooperative_can_be_used_at_once(login_wall):
    start = time.monotonic()
    torino = create_cooperative(name="Torino in bici", slug="torino", country="it", city="Torino")
    print(f"opened a cooperative in {time.monotonic() - start:.2f} s")  # noqa: T201 - to be read

    assert (torino.currency, torino.timezone) == ("EUR", "Europe/Rome")
    assert (torino.default_language, torino.languages) == ("it", ["it", "en"])
    assert torino.working_weekdays == [1, 2, 3, 4, 5, 6]
    with in_cooperative(torino):
        User.objects.create_user("ana@example.org", name="Ana")
        assert Domain.objects.get().domain == "torino.localhost"
    with in_cooperative(login_wall.alpha):
        assert User.objects.count() == 0


def test_its_tables_are_those_of_the_template(db):
    torino = create_cooperative(name="Torino", slug="torino", country="IT")
    with as_owner():
        assert plainly(structure_sql(torino.schema_name)) == plainly(structure_sql())
    applied = "SELECT count(*) FROM {}.django_migrations"
    expected = count(applied.format(TEMPLATE_SCHEMA))
    assert count(applied.format(torino.schema_name)) == expected > 5


def test_rows_added_later_do_not_collide_with_seed_rows(db):
    torino = create_cooperative(name="Torino", slug="torino", country="IT")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {torino.schema_name}.django_migrations (app, name, applied)"
            " VALUES ('tenants', 'later', now()) RETURNING id"
        )
        assert cursor.fetchone()[0] > 5


def test_migrating_with_nothing_to_do_changes_nothing(login_wall, capsys):
    call_command("migrate_schemas")
    assert "0 of 2 cooperatives are behind" in capsys.readouterr().out


def test_a_cooperative_that_is_behind_is_migrated_and_its_new_tables_granted(login_wall, capsys):
    behind = login_wall.alpha.schema_name
    call_command("migrate_schemas", "recurring", "zero", schema_name=behind, verbosity=0)
    with in_cooperative(login_wall.alpha), pytest.raises(ProgrammingError, match="does not exist"):
        StandingOrder.objects.count()

    call_command("migrate_schemas")

    assert "1 of 2 cooperatives are behind" in capsys.readouterr().out
    for cooperative in (login_wall.alpha, login_wall.beta):
        with in_cooperative(cooperative):
            assert StandingOrder.objects.count() == 0


@pytest.mark.parametrize(
    ("details", "sentence"),
    [
        ({"name": "alpha", "slug": "new"}, "There is already a cooperative named alpha."),
        ({"name": "New", "slug": "alpha"}, "The short name alpha is taken."),
        (
            {"name": "New", "slug": "new", "host": "BETA.localhost."},
            "The address beta.localhost is taken.",
        ),
        ({"name": "New", "slug": "new", "host": "localhost"}, "localhost cannot be an address."),
        (
            {"name": "New", "slug": "new", "host": "a b.example"},
            "a b.example cannot be an address.",
        ),
        ({"name": "New", "slug": "www"}, "The short name www is taken."),
        ({"name": "New", "slug": "-new"}, "-new.localhost cannot be an address."),
        ({"name": "New", "slug": "n" * 64}, f"{'n' * 64}.localhost cannot be an address."),
        ({"name": "New", "slug": "new", "country": "XX"}, "The country XX is not prepared yet."),
        ({"name": "", "slug": "new"}, "name: This is still missing."),
        (
            {"name": "New", "slug": "new", "colour": "red"},
            "colour: This can't be read. Look at it once more.",
        ),
    ],
)
def test_a_refusal_is_a_sentence_and_leaves_nothing(db, details, sentence):
    before = traces()

    with pytest.raises(DomainError) as refused:
        create_cooperative(**{"country": "FR"} | details)

    assert str(refused.value).startswith(sentence)
    assert traces() == before


def test_a_failure_half_way_leaves_nothing(login_wall, monkeypatch):
    seen = []

    def fail(cooperative):
        seen.append(cooperative.schema_name)
        assert User.objects.count() == 0  # the tables are there
        raise RuntimeError("the price list cannot be made")

    monkeypatch.setattr(provisioning, "AFTER", [fail])
    before = traces()

    with pytest.raises(RuntimeError):
        create_cooperative(name="Torino", slug="torino", country="IT")

    assert traces() == before
    assert count("SELECT count(*) FROM pg_roles WHERE rolname = %s", *seen) == 0


def test_what_waits_for_the_commit_runs_in_the_new_cooperative(login_wall):
    seen = []

    def wait(cooperative):
        transaction.on_commit(lambda: seen.append(current_cooperative()))

    torino = create_cooperative(name="Torino", slug="torino", country="IT", first_steps=[wait])

    assert seen == [torino]
    assert current_cooperative() is None


def test_a_mistake_in_a_first_step_is_not_called_a_taken_name(db):
    def twice(cooperative):
        for name in ("Ana", "Ben"):
            User.objects.create_user("one@example.org", name=name)

    with pytest.raises(IntegrityError):
        create_cooperative(name="Torino", slug="torino", country="IT", first_steps=[twice])


def test_an_ordinary_test_may_open_a_cooperative_too(db, alpha):
    torino = create_cooperative(name="Torino", slug="torino", country="IT")
    with in_cooperative(torino):
        User.objects.create_user("ana@example.org", name="Ana")
        assert User.objects.count() == 1
    assert User.objects.count() == 0


def test_the_command_opens_and_refuses(login_wall, capsys):
    call_command("create_cooperative", "Torino in bici", "torino", "IT", city="Torino")
    assert "Torino in bici is open: torino.localhost" in capsys.readouterr().out

    with pytest.raises(CommandError, match="There is already a cooperative named Torino in bici"):
        call_command("create_cooperative", "Torino in bici", "torino", "IT")


def test_no_readable_shared_table_has_the_name_of_a_cooperatives_table(monkeypatch):
    from tenants import wall
    from tenants.apps import check_table_names

    assert check_table_names() == []

    monkeypatch.setitem(wall.READABLE_TABLES, "accounts_user", None)
    assert [error.id for error in check_table_names()] == ["tenants.E001"]


def test_the_deployment_check_wants_real_logins(settings):
    from tenants.apps import check_wall

    settings.DATABASE_WALL = "role"
    assert [error.id for error in check_wall()] == ["tenants.E002"]
    settings.DATABASE_WALL = "login"
    assert check_wall() == []
