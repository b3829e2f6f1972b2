"""Injected SQL of any shape, from a login of its own, reaches no other cooperative."""

from functools import partial

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from coopcycle.db.base import current_connection, sessions
from coopcycle.db.errors import SwitchInTransactionError
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, Domain
from tenants.proving.attacks import ATTACKS

INSUFFICIENT_PRIVILEGE = "42501"


def run(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def give_people(wall):
    for cooperative in (wall.alpha, wall.beta):
        with in_cooperative(cooperative):
            User.objects.create_user(f"secret@{cooperative.slug}.example", name=cooperative.slug)


def test_every_attack_is_refused(login_wall):
    give_people(login_wall)
    names = {"own": login_wall.alpha.schema_name, "other": login_wall.beta.schema_name}
    outcomes = {}
    with in_cooperative(login_wall.alpha):
        for attack in ATTACKS:
            try:
                run(attack.statement.format(**names))
            except DatabaseError as error:
                outcomes[attack.name] = error.__cause__.sqlstate
            connection.close()  # a stacked BEGIN may have left a transaction
            assert [user.name for user in User.objects.all()] == ["alpha"], attack.name
    with in_cooperative(login_wall.beta):
        assert [user.name for user in User.objects.all()] == ["beta"]
        assert User.objects.get().is_active
    assert outcomes == {attack.name: INSUFFICIENT_PRIVILEGE for attack in ATTACKS}


def test_attacks_are_refused_on_a_session_spoilt_before(login_wall):
    give_people(login_wall)
    own, other = login_wall.alpha.schema_name, login_wall.beta.schema_name
    with in_cooperative(login_wall.alpha):
        run(f"SET search_path = {other}, public")
        with pytest.raises(DatabaseError, match="permission denied"):
            User.objects.count()
    with in_cooperative(login_wall.beta):  # what alpha spoilt is alpha's own session
        assert User.objects.get().name == "beta"
        assert run("SELECT current_user, session_user") == [(other, other)]
    assert set(sessions.counts()) >= {own, other}


def test_a_spoilt_session_is_clean_again_where_sessions_are_discarded(login_wall, monkeypatch):
    monkeypatch.setattr(sessions, "discard", True)
    give_people(login_wall)
    with in_cooperative(login_wall.alpha):
        run("SET search_path = pg_catalog")
        [(first,)] = run("SELECT pg_backend_pid()")
    with in_cooperative(login_wall.alpha):
        assert run("SELECT pg_backend_pid()") == [(first,)]
        assert User.objects.get().name == "alpha"


def test_a_cooperative_sees_its_own_row_of_the_shared_tables(login_wall):
    with in_cooperative(login_wall.alpha):
        assert [row.slug for row in Cooperative.objects.all()] == ["alpha"]
        assert [row.domain for row in Domain.objects.all()] == ["alpha.localhost"]
    with in_federation():
        assert Cooperative.objects.count() == 2
        assert Domain.objects.count() == 2


def test_the_federation_reads_no_cooperative(login_wall):
    give_people(login_wall)
    with in_federation():
        assert User.objects.count() == 0
        with pytest.raises(DatabaseError, match="permission denied"):
            run(f"SELECT * FROM {login_wall.alpha.schema_name}.accounts_user")


def test_a_missing_table_is_an_error_and_not_the_federations(login_wall):
    from coopcycle.db.owner import as_owner

    with as_owner():
        User.objects.create_user("staff@federation.example", name="Staff")
        run(f"DROP TABLE {login_wall.alpha.schema_name}.accounts_user CASCADE")
    with in_cooperative(login_wall.alpha), pytest.raises(DatabaseError, match="permission denied"):
        User.objects.count()


def test_another_cooperative_cannot_be_entered_inside_a_transaction(login_wall):
    with in_cooperative(login_wall.alpha), transaction.atomic():
        User.objects.create_user("ana@example.org", name="Ana")
        with pytest.raises(SwitchInTransactionError, match="Leave the transaction first"):
            in_cooperative(login_wall.beta).__enter__()
        with in_cooperative(login_wall.alpha):  # the same one is no switch
            assert User.objects.count() == 1
        assert current_connection().login == login_wall.alpha.schema_name


def test_a_rolled_back_savepoint_leaves_the_right_cooperative(login_wall):
    with in_cooperative(login_wall.beta):
        User.objects.create_user("ben@example.org", name="Ben")
    with in_cooperative(login_wall.alpha), transaction.atomic():
        with pytest.raises(DatabaseError), transaction.atomic():
            run(f"SET search_path = {login_wall.beta.schema_name}; SELECT * FROM accounts_user")
        assert User.objects.count() == 0
        User.objects.create_user("ana@example.org", name="Ana")
    with in_cooperative(login_wall.beta):
        assert [user.name for user in User.objects.all()] == ["Ben"]


def test_role_mode_is_right_after_a_rolled_back_savepoint(db, alpha, beta):
    User.objects.create_user("ana@example.org", name="Ana")
    refuse = partial(pytest.raises, ZeroDivisionError)
    with refuse(), transaction.atomic(), in_cooperative(beta):
        User.objects.create_user("ben@example.org", name="Ben")
        _ = 1 / 0
    assert [user.name for user in User.objects.all()] == ["Ana"]
    with in_cooperative(beta):
        with refuse(), transaction.atomic(), in_cooperative(alpha):
            assert User.objects.count() == 1
            _ = 1 / 0
        assert User.objects.count() == 0
        assert run("SELECT current_user") == [(beta.schema_name,)]
