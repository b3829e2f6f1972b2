"""A co-op's login: how its password changes, and how much of the server it may take."""

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from accounts.models import User
from coopcycle.db.base import sessions
from coopcycle.db.logins import password_for
from tenants.context import in_cooperative
from tenants.provisioning import create_cooperative
from tenants.wall import secure_cooperative


def people() -> int:
    sessions.close_idle()  # so that each look connects anew
    return User.objects.count()


def test_the_secret_of_all_passwords_changes_without_a_pause(login_wall, settings, capsys):
    old, settings.DATABASE_LOGIN_SECRET = settings.DATABASE_LOGIN_SECRET, "a new secret" * 4
    with in_cooperative(login_wall.alpha), pytest.raises(OperationalError, match="authentication"):
        people()

    settings.DATABASE_LOGIN_SECRET_PREVIOUS = old
    try:
        with in_cooperative(login_wall.alpha):
            assert people() == 0
        call_command("sync_logins")
        with in_cooperative(login_wall.alpha):
            assert people() == 0
        settings.DATABASE_LOGIN_SECRET_PREVIOUS = ""
        with in_cooperative(login_wall.beta):
            assert people() == 0
    finally:  # logins belong to the whole server, and other tests use it
        settings.DATABASE_LOGIN_SECRET, settings.DATABASE_LOGIN_SECRET_PREVIOUS = old, ""
        call_command("sync_logins")


def test_a_login_cannot_take_all_connections(login_wall, settings):
    settings.DATABASE_CONNECTIONS_PER_LOGIN = 2
    flooder = create_cooperative(name="Flood", slug="flood", country="FR")
    host, _, rest = login_wall.url().partition("://")[2].partition("@")[2].partition("/")
    address = (
        f"postgresql://{flooder.schema_name}:{password_for(flooder.schema_name)}@{host}/{rest}"
    )
    held = [psycopg.connect(address) for _ in range(2)]
    try:
        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            psycopg.connect(address)
        with in_cooperative(login_wall.beta):
            assert people() == 0
    finally:
        for each in held:
            each.close()


def test_a_transaction_that_waits_for_its_client_ends(login_wall, settings):
    settings.DATABASE_IDLE_TRANSACTION_TIMEOUT = "20ms"
    sessions.close_idle()
    with in_cooperative(login_wall.alpha), connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name LIKE '%%_timeout'")
        told = dict(cursor.fetchall())
    assert told["idle_in_transaction_session_timeout"] == "20"
    assert told["statement_timeout"] == "30000"


def test_the_limit_is_given_again_by_every_deployment(login_wall, settings):
    from coopcycle.db.owner import as_owner

    settings.DATABASE_CONNECTIONS_PER_LOGIN = 7
    with as_owner(), connection.cursor() as cursor:
        secure_cooperative(login_wall.alpha.schema_name)
        cursor.execute(
            "SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", [login_wall.alpha.schema_name]
        )
        assert cursor.fetchall() == [(7,)]
        settings.DATABASE_CONNECTIONS_PER_LOGIN = 50
        secure_cooperative(login_wall.alpha.schema_name)
