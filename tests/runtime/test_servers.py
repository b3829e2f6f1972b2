"""PostgreSQL and Valkey of our own: start, keep or forget their data, stop without a trace."""

import os
from pathlib import Path

import psycopg
import pytest
import redis

from coopcycle.runtime.ports import any_free_port
from coopcycle.runtime.postgres import kept_postgres, remove_kept_postgres, throwaway_postgres
from coopcycle.runtime.valkey import ValkeyStartError, kept_valkey, throwaway_valkey


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def postmaster(data: Path) -> int:
    return int((data / "postmaster.pid").read_text().split()[0])


@pytest.fixture(scope="module")
def server():
    with throwaway_postgres() as server:
        yield server


def test_throwaway_postgres_leaves_no_process_and_no_file():
    with throwaway_postgres() as server:
        pid = postmaster(server.data)
        assert is_alive(pid)

    assert not is_alive(pid)
    assert not server.sockets.exists()


def test_kept_postgres_finds_its_data_again(tmp_path):
    folder = tmp_path / "postgres"
    with (
        kept_postgres(folder, port=any_free_port()) as server,
        psycopg.connect(server.url) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with (
        kept_postgres(folder, port=any_free_port()) as server,
        psycopg.connect(server.url) as connection,
    ):
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)

    remove_kept_postgres(folder)
    assert not folder.exists()
    assert not server.data.exists()


def test_a_server_left_over_by_a_killed_starter_is_stopped_first(tmp_path):
    folder = tmp_path / "postgres"
    with kept_postgres(folder, port=any_free_port()) as lost:
        left_over = postmaster(lost.data)
        with kept_postgres(folder, port=any_free_port()) as server:
            assert postmaster(server.data) != left_over
            with psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    remove_kept_postgres(folder)


def test_secrets_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "postgres"
    with kept_postgres(folder, port=any_free_port()) as server:
        assert server.owner_password != server.superuser_password
        files = list((folder / "secrets").iterdir())
    remove_kept_postgres(folder)
    assert {file.stat().st_mode & 0o777 for file in files if file.exists()} <= {0o600}
    assert len(files) == 2


def test_owner_is_no_superuser_but_owns_database_and_schema(server):
    with psycopg.connect(server.url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, True, True, False)
        connection.execute("CREATE TABLE public.own (id int)")
        connection.execute("CREATE SCHEMA c_1")
        connection.execute("CREATE EXTENSION btree_gist")
        connection.execute("DO $$ BEGIN END $$")
        connection.rollback()


@pytest.mark.parametrize(
    "attempt",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE TEMP TABLE mine (id int)",
        "DO $$ BEGIN END $$",
        "CREATE SCHEMA mine",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
def test_another_login_can_do_nothing_by_default(server, attempt):
    with psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS guest")
        owner.execute("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(server.url_for("guest", "guest"))
        owner.execute("GRANT CONNECT ON DATABASE coopcycle TO guest")
        with (
            psycopg.connect(server.url_for("guest", "guest")) as guest,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            guest.execute(attempt)
        owner.execute("REVOKE CONNECT ON DATABASE coopcycle FROM guest")
        owner.execute("DROP ROLE guest")


def test_a_wrong_password_is_refused(server):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.url_for("coopcycle_owner", "wrong"))


def test_restart_keeps_committed_rows(server):
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE before_restart AS SELECT 1 AS number")
    server.restart()
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT number FROM before_restart").fetchone() == (1,)


def test_kept_valkey_finds_its_data_again(tmp_path):
    for expected in (None, b"bread"):
        with (
            kept_valkey(tmp_path, port=any_free_port()) as server,
            redis.Redis.from_url(server.url) as client,
        ):
            assert client.get("cargo") == expected
            client.set("cargo", "bread")


def test_valkey_refuses_a_visitor_without_password():
    with (
        throwaway_valkey() as server,
        redis.Redis(port=server.port) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_valkey_says_that_its_port_is_taken(tmp_path):
    with (
        throwaway_valkey() as first,
        pytest.raises(ValkeyStartError, match="Address already in use"),
        kept_valkey(tmp_path, port=first.port),
    ):
        pass
