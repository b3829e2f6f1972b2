"""However code gets going (request, task, command, thread, after a restart), it stays in its co-op."""

import random
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from accounts.models import User
from coopcycle.celery import app, cooperative_task, public_task
from coopcycle.db.base import current_connection, sessions
from coopcycle.db.errors import NoCooperativeError
from tenants.context import (
    current_cooperative,
    in_cooperative,
    in_federation,
    run_in_each_cooperative,
)
from tenants.provisioning import create_cooperative


def who() -> str:
    """The login of the active session, its schema and the name of its only person."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_schema()")
        login, schema = cursor.fetchone()
    assert login == schema
    return f"{login} {User.objects.get().name}"


def look(request, schema):
    """A view with an injection: `schema` comes from the address and goes into the SQL."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name FROM {schema}.accounts_user")
        return HttpResponse(cursor.fetchone()[0])


def me(request):
    return HttpResponse(who())


urlpatterns = [path("look/<str:schema>/", look), path("me/", me)]
BARE = override_settings(
    ROOT_URLCONF=__name__,
    PUBLIC_SCHEMA_URLCONF=__name__,
    MIDDLEWARE=["coopcycle.middleware.CooperativeMiddleware"],
)


@pytest.fixture
def wall(login_wall):
    """Alpha and beta with one person each, named as the co-op."""
    for cooperative in (login_wall.alpha, login_wall.beta):
        with in_cooperative(cooperative):
            User.objects.create_user("one@example.org", name=cooperative.slug)
    return login_wall


@cooperative_task(name="tests.isolation.who")
def who_task() -> str:
    return who()


@cooperative_task(name="tests.isolation.read")
def read_task(schema: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {schema}.accounts_user")


@public_task(name="tests.isolation.everywhere")
def everywhere_task() -> list[str]:
    seen: list[str] = []
    run_in_each_cooperative(lambda _cooperative: seen.append(who()))
    return seen


def deliver(task, schema, *args):
    """Run a task as a worker does: from a message, with its headers."""
    headers = {"cooperative": schema} if schema else {}
    task.push_request(args=args, headers=headers, called_directly=False, is_eager=False)
    try:
        return task(*args)
    finally:
        task.pop_request()


@BARE
def test_requests_in_turn_each_see_their_own(wall):
    for cooperative in (wall.alpha, wall.beta) * 3:
        answer = Client(headers={"host": f"{cooperative.slug}.localhost:8000"}).get("/me/")
        assert answer.content.decode() == f"{cooperative.schema_name} {cooperative.slug}"
    assert current_cooperative() is None


@BARE
def test_an_injection_in_a_request_reads_nothing_of_another(wall):
    browser = Client(headers={"host": "alpha.localhost"}, raise_request_exception=False)

    assert browser.get(f"/look/{wall.alpha.schema_name}/").content == b"alpha"
    assert browser.get(f"/look/{wall.beta.schema_name}/").status_code == 500
    assert browser.get("/look/public/").status_code == 500


@BARE
def test_a_transaction_left_open_by_an_injection_spoils_nothing_later(wall):
    browser = Client(headers={"host": "alpha.localhost"})
    stacked = f"{wall.alpha.schema_name}.accounts_user; BEGIN; SELECT name FROM {{}}".format(
        wall.alpha.schema_name
    )

    assert browser.get(f"/look/{stacked}/").content == b"alpha"

    assert current_connection().login is None
    answer = Client(headers={"host": "beta.localhost"}).get("/me/")
    assert answer.content.decode().endswith(" beta")


@BARE
@pytest.mark.parametrize("host", ["nobody.localhost", "alpha.localhost.evil.example", "testserver"])
def test_an_unknown_host_is_a_plain_404(wall, host):
    answer = Client(headers={"host": host}).get("/me/")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.content == b"Not found\n"


@BARE
def test_a_forwarded_host_does_not_choose(wall):
    browser = Client(headers={"host": "alpha.localhost", "x-forwarded-host": "beta.localhost"})

    assert browser.get("/me/").content.decode().endswith(" alpha")


@BARE
def test_a_closed_cooperative_is_a_plain_404(wall):
    with in_federation():
        wall.alpha.is_active = False
        wall.alpha.save()

    assert Client(headers={"host": "alpha.localhost"}).get("/me/").status_code == 404


def test_a_task_runs_in_the_cooperative_of_its_header(wall):
    turns = [(wall.alpha, wall.beta), (wall.beta, wall.alpha), (wall.alpha, wall.beta)]
    for cooperative, other in turns:
        found = deliver(who_task, cooperative.schema_name)
        assert found == f"{cooperative.schema_name} {cooperative.slug}"
        with pytest.raises(DatabaseError, match="permission denied"):
            deliver(read_task, cooperative.schema_name, other.schema_name)


def test_a_task_without_header_raises(wall):
    with pytest.raises(NoCooperativeError):
        deliver(who_task, None)


def test_a_public_task_visits_each_in_turn(wall):
    expected = [f"{each.schema_name} {each.slug}" for each in (wall.alpha, wall.beta)]
    assert deliver(everywhere_task, None) == expected
    assert "tests.isolation.everywhere" in app.tasks


def test_a_failing_cooperative_does_not_stop_the_others(wall):
    visited = []

    def work(cooperative):
        visited.append(cooperative.slug)
        if cooperative.slug == "alpha":
            raise ValueError("no")

    with pytest.raises(ExceptionGroup, match=r"^Some cooperatives failed\.") as caught:
        run_in_each_cooperative(work)
    assert visited == ["alpha", "beta"]
    assert caught.value.exceptions[0].__notes__ == ["in cooperative alpha"]


def test_without_a_cooperative_nothing_runs(wall):
    with pytest.raises(NoCooperativeError, match="No cooperative is chosen"):
        User.objects.count()
    with in_cooperative(wall.alpha):
        assert User.objects.count() == 1
    with pytest.raises(NoCooperativeError):
        User.objects.count()


def test_a_command_without_a_cooperative_reads_nothing(wall):
    with pytest.raises(CommandError, match="No cooperative is chosen"):
        call_command("dumpdata", "accounts.user", verbosity=0)
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    assert current_connection().login is None


def test_a_login_is_mended_by_sync_logins(wall, capsys):
    with in_cooperative(wall.alpha), connection.cursor() as cursor:
        cursor.execute("ALTER ROLE current_user PASSWORD 'mine now'")
        cursor.execute("ALTER ROLE current_user SET statement_timeout = '1ms'")
    sessions.close_idle()
    with in_cooperative(wall.alpha), pytest.raises(OperationalError, match="authentication"):
        User.objects.count()

    call_command("sync_logins")

    assert "3 logins are in order" in capsys.readouterr().out
    with in_cooperative(wall.alpha):
        assert who().endswith(" alpha")


def test_new_tables_are_granted_to_their_own_login_alone(wall):
    from coopcycle.db.owner import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {wall.alpha.schema_name}.later (x int)")
        cursor.execute("CREATE TABLE public.later_shared (x int)")
    read = "SELECT * FROM {}"
    with in_cooperative(wall.alpha), connection.cursor() as cursor:
        cursor.execute(read.format("later"))
        with pytest.raises(DatabaseError, match="permission denied"):
            cursor.execute(read.format("public.later_shared"))
    with (
        in_cooperative(wall.beta),
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="permission denied"),
    ):
        cursor.execute(read.format(f"{wall.alpha.schema_name}.later"))


def test_after_a_restart_of_postgresql_all_is_as_before(wall, postgres_server):
    for cooperative in (wall.alpha, wall.beta):
        with in_cooperative(cooperative):
            who()

    postgres_server.restart()

    for cooperative in (wall.beta, wall.alpha):
        with in_cooperative(cooperative):
            assert who() == f"{cooperative.schema_name} {cooperative.slug}"


def test_eight_threads_over_twenty_cooperatives_never_mix(wall, monkeypatch):
    monkeypatch.setattr(sessions, "size", 12)  # fewer than co-ops: each visit may evict another's
    cooperatives = [wall.alpha, wall.beta]
    for number in range(18):
        cooperative = create_cooperative(name=f"Co-op {number}", slug=f"coop{number}", country="FR")
        with in_cooperative(cooperative):
            User.objects.create_user("one@example.org", name=cooperative.slug)
        cooperatives.append(cooperative)
    wrong: list[str] = []
    kept: list[str] = []
    visits = 40

    def visit(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(visits):
            cooperative = dice.choice(cooperatives)
            try:
                with in_cooperative(cooperative):
                    _check(cooperative, dice, wrong)
            except _ChangedMindError:
                pass
            except Exception as error:  # noqa: BLE001 - reported by the assert below
                wrong.append(repr(error))
            else:
                kept.append(cooperative.slug)
        connection.close()

    threads = [threading.Thread(target=visit, args=[seed]) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert 8 * visits * 0.3 < len(kept) < 8 * visits * 0.7  # about half were rolled back
    assert sum(sessions.counts().values()) <= 12


class _ChangedMindError(Exception):
    pass


def _check(cooperative, dice, wrong):
    expected = f"{cooperative.schema_name} {cooperative.slug}"
    if (seen := who()) != expected:
        wrong.append(f"{seen} instead of {expected}")
    with transaction.atomic():
        User.objects.create_user("two@example.org", name="two")
        try:
            with transaction.atomic():
                User.objects.create_user("one@example.org", name="again")
        except IntegrityError:
            pass
        names = sorted(User.objects.values_list("name", flat=True))
        if names != sorted([cooperative.slug, "two"]):
            wrong.append(f"{names} in {cooperative.slug}")
        if dice.random() < 0.5:
            raise _ChangedMindError
        User.objects.filter(name="two").delete()
