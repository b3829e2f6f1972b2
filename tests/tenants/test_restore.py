"""A co-op comes back while the others work: all of it or nothing, and no mail goes twice."""

import signal
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.management import CommandError
from django.db import ProgrammingError, connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Address, Session, User
from accounts.sessions.store import hash_of
from coopcycle import outbox
from coopcycle.db.owner import as_owner
from coopcycle.mail import put_mail
from coopcycle.middleware.cooperative import forget_hosts
from coopcycle.models import OutboxMessage
from orders.models import Order
from recurring.generation import generate
from recurring.models import Occurrence
from tenants.backup import manifest as manifests
from tenants.backup.archive import open_archive
from tenants.backup.dumping import owner_session
from tenants.backup.restoring import _LOCK
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, Domain
from tenants.proving.services import prove_isolation
from tests.factories import AddressFactory
from tests.recurring.conftest import NOW, make_kitchen
from tests.tenants.conftest import SESSIONS, all_rows, back_up, files_in, rows_of, run, schemas

State = OutboxMessage.State


def media(cooperative):
    return Path(settings.MEDIA_ROOT) / cooperative.schema_name


def spoil(cooperative):
    """What somebody did after the backup, and is sorry for."""
    with in_cooperative(cooperative):
        User.objects.update(name="Nobody")
        User.objects.create_user("late@example.org", "x", name="Late")
    for path in media(cooperative).rglob("*.jpg"):
        path.unlink()


def test_door_codes_open_in_a_second_co_op_made_of_a_backup(coops, tmp_path):
    with in_cooperative(coops.alpha):
        AddressFactory(instructions="Code 40B17")
    path = back_up(tmp_path)

    run("restore", path, slug="gamma")

    with as_owner():
        gamma = Cooperative.objects.get(slug="gamma")
    with in_cooperative(gamma):
        assert Address.objects.get().instructions == "Code 40B17"
        assert AddressFactory(instructions="Code 7").instructions == "Code 7"


def test_a_backup_whose_master_key_is_not_here_is_refused(coops, tmp_path):
    path = back_up(tmp_path)
    elsewhere = override_settings(DATA_MASTER_KEY="of another installation")

    with elsewhere, pytest.raises(CommandError, match="keys of this backup cannot be opened"):
        run("restore", path)


def without_its_line(rows):
    """That a co-op came back is a line of its trail, the only one that the backup had not."""
    [line] = [line for line in rows["audit_securityevent"] if ",restored," in line]
    rows["audit_securityevent"].remove(line)
    return rows


def test_every_row_and_file_comes_back_and_no_other_changes(coops, tmp_path):
    with in_cooperative(coops.alpha), transaction.atomic():
        make_kitchen().standing_order()
        OutboxMessage.objects.update(state=State.SENT, sent_at=NOW)
    path = back_up(tmp_path)
    own, present = coops.alpha.schema_name, rows_of(coops.alpha.schema_name)
    files = files_in(Path(settings.MEDIA_ROOT))
    spoil(coops.alpha)
    others = all_rows(but={own})

    said = run("restore", path)

    assert without_its_line(rows_of(own)) == present
    assert all_rows(but={own, f"replaced_{own}"}) == others
    assert files_in(Path(settings.MEDIA_ROOT)) == files
    assert "alpha is as it was at " in said
    assert f"replaced_{own}" in said


def test_settings_come_back_and_names_and_addresses_stay(coops, tmp_path):
    path = back_up(tmp_path)
    with in_federation():
        Cooperative.objects.filter(slug="alpha").update(
            slug="alfa", name="Alfa", colour="#ff0000", generation_horizon_days=3
        )
        Domain.objects.create(domain="coop.example", tenant=coops.alpha, is_primary=False)

    run("restore", path)

    with in_federation():
        found = Cooperative.objects.get(pk=coops.alpha.pk)
        assert (found.slug, found.name) == ("alfa", "Alfa")
        assert (found.colour, found.generation_horizon_days) == ("#00787d", 14)
        assert found.domains.count() == 2


def test_the_restored_co_op_is_behind_the_wall_and_the_replaced_rows_are_closed(coops, tmp_path):
    path = back_up(tmp_path)
    own = coops.alpha.schema_name
    run("restore", path)

    assert prove_isolation([coops.alpha, coops.beta], at=NOW).is_clean
    with in_cooperative(coops.alpha):
        User.objects.create_user("new@example.org", "x", name="New")  # it may write its own
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(f"SELECT * FROM replaced_{own}.accounts_user")

    run("restore", forget="alpha")
    assert f"replaced_{own}" not in schemas()


def test_beside_the_first_under_another_name(coops, tmp_path):
    path = back_up(tmp_path)
    before, files = all_rows(but={"public"}), files_in(media(coops.alpha))

    run("restore", path, slug="gamma", host="Gamma.example")

    with in_federation():
        gamma = Cooperative.objects.get(slug="gamma")
        assert gamma.name == "Alpha (gamma)"
        assert [each.domain for each in gamma.domains.all()] == ["gamma.example"]
    with in_cooperative(gamma):
        assert User.objects.get().email == "ana@alpha.example"
        User.objects.create_user("new@example.org", "x", name="New")
    assert files_in(media(gamma)) == files
    after = all_rows(but={"public"})
    assert after.keys() - before.keys() == {gamma.schema_name}
    assert {schema: after[schema] for schema in before} == before
    assert prove_isolation([coops.alpha, coops.beta, gamma], at=NOW).is_clean
    forget_hosts()
    assert (
        Client(headers={"host": "gamma.example"}).get(reverse("account_login")).status_code == 200
    )


def test_a_co_op_that_was_lost_comes_back_as_it_was(coops, tmp_path):
    path = back_up(tmp_path)
    own, present = coops.alpha.schema_name, rows_of(coops.alpha.schema_name)
    with in_federation():
        Domain.objects.filter(tenant=coops.alpha).delete()
        Cooperative.objects.filter(slug="alpha").delete()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA {own} CASCADE")

    run("restore", path)

    assert without_its_line(rows_of(own)) == present
    with in_federation():
        found = Cooperative.objects.get(slug="alpha")
        assert (found.schema_name, found.created_at) == (own, coops.alpha.created_at)
        assert found.domains.get().domain == "alpha.localhost"
    with in_cooperative(found):
        assert User.objects.count() == 1


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_killed_before_the_switch_nothing_has_changed(coops, tmp_path, killed_at, place):
    path = back_up(tmp_path)
    spoil(coops.alpha)
    before, files = all_rows(), files_in(media(coops.beta))

    for arguments in ((path,), (path, "--as", "gamma")):
        assert killed_at(place, "restore", *arguments) == -signal.SIGKILL
        after = all_rows()
        assert {name: after[name] for name in after if not name.startswith("restoring_")} == before

    run("restore", path)  # and clears what the dead left
    assert not [name for name in schemas() if name.startswith("restoring_")]
    folders = {path.name for path in Path(settings.MEDIA_ROOT).iterdir()}
    assert folders == {coops.alpha.schema_name, coops.beta.schema_name}
    assert files_in(media(coops.beta)) == files
    with in_cooperative(coops.alpha):
        assert User.objects.get().name == "Ana"


def test_killed_after_the_switch_all_of_it_is_back(coops, tmp_path, killed_at):
    path = back_up(tmp_path)
    present, files = rows_of(coops.alpha.schema_name), files_in(media(coops.alpha))
    spoil(coops.alpha)

    assert killed_at(5, "restore", path) == -signal.SIGKILL

    assert rows_of(coops.alpha.schema_name) == present
    assert files_in(media(coops.alpha)) == files


@pytest.fixture
def told(coops):
    """A standing order in alpha, and who reads its mails."""
    with in_cooperative(coops.alpha), transaction.atomic():
        make_kitchen().standing_order()
    return coops.alpha


def run_a_day(cooperative, at):
    """A run of the generator, and then of the outbox."""
    with in_cooperative(cooperative):
        generate(cooperative, at=at)
        outbox.send_due(limit=1000, at=timezone.now() + timedelta(hours=1))


def test_a_day_old_backup_makes_one_order_a_date_and_no_mail_twice(told, tmp_path, settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
    run_a_day(told, NOW)
    path = back_up(tmp_path)
    run_a_day(told, NOW + timedelta(days=1))
    with in_cooperative(told):
        dates = set(Occurrence.objects.values_list("standing_order", "original_start"))
        orders, last = Order.objects.count(), Order.objects.latest("pk").pk
    sent = [message.extra_headers["Message-ID"] for message in mail.outbox]
    assert len(sent) == len(set(sent)) > 1

    run("restore", path)
    with in_cooperative(told):
        lost = orders - Order.objects.count()
        assert lost > 0
    run_a_day(told, NOW + timedelta(days=1, minutes=10))

    with in_cooperative(told):
        again = list(Occurrence.objects.values_list("standing_order", "original_start"))
        assert (len(again), set(again)) == (len(dates), dates)
        assert Order.objects.count() == orders
        assert Order.objects.filter(pk__gt=last).count() == lost  # no number is given twice
    assert [message.extra_headers["Message-ID"] for message in mail.outbox] == sent


def test_what_waited_at_the_time_of_the_backup_is_never_sent(coops, tmp_path):
    with in_cooperative(coops.alpha), transaction.atomic():
        for key in ("waits", "sent since"):
            put_mail(key, to="a@example.org", template="isolation_alarm", language="en", name="A")
    path = back_up(tmp_path)
    with in_cooperative(coops.alpha):
        OutboxMessage.objects.filter(key="sent since").update(state=State.SENT, sent_at=NOW)

    run("restore", path)

    with in_cooperative(coops.alpha):
        found = dict(OutboxMessage.objects.values_list("key", "state"))
        assert found == {"waits": State.DEAD, "sent since": State.SENT}
        assert "Not sent: it was waiting when" in OutboxMessage.objects.get(key="waits").last_error
        assert outbox.send_due(at=NOW + timedelta(days=30)) == 0


def test_people_stay_signed_in_and_who_signed_out_stays_out(coops, tmp_path):
    browser, gone = (Client(headers={"host": "alpha.localhost"}) for _ in range(2))
    with in_cooperative(coops.alpha):
        for each in (browser, gone):
            each.force_login(User.objects.get())
    path = back_up(tmp_path)
    with in_cooperative(coops.alpha):
        ended = gone.session
        Session.objects.filter(pk=hash_of(ended.session_key)).delete()

    run("restore", path)

    with in_cooperative(coops.alpha):
        assert browser.session[SESSION_KEY]
        assert not Session.objects.filter(pk=hash_of(ended.session_key)).exists()
    assert len(rows_of(coops.alpha.schema_name)[SESSIONS]) == 1


def test_a_change_under_way_ends_before_the_switch_and_the_next_goes_on_after_it(coops, tmp_path):
    path = back_up(tmp_path)
    begun, may_end = threading.Event(), threading.Event()

    def work():
        with in_cooperative(coops.alpha):
            with transaction.atomic():
                User.objects.update(name="Under way")
                begun.set()
                may_end.wait(30)
            names.append(User.objects.get().name)  # the very same session, before or after
        connection.close()

    names: list[str] = []
    worker = threading.Thread(target=work)
    worker.start()
    begun.wait(30)
    release = threading.Timer(1.5, may_end.set)
    release.start()
    run("restore", path)
    assert may_end.is_set()  # the switch waited for it
    worker.join()
    release.join()

    with in_cooperative(coops.alpha):
        assert User.objects.get().name == "Ana"
    assert names in (["Under way"], ["Ana"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"slug": "beta"}, "The short name beta is taken"),
        ({"slug": "Not good!"}, "slug: "),
        ({"slug": "gamma", "host": "beta.localhost"}, "The address beta.localhost is taken"),
        ({"slug": "gamma", "host": "no host"}, "no host cannot be an address"),
        ({"host": "gamma.example"}, "--host with --as"),
    ],
)
def test_what_is_taken_is_refused_before_anything(coops, tmp_path, options, sentence):
    path = back_up(tmp_path)
    before = all_rows()

    with pytest.raises(CommandError, match=sentence):
        run("restore", path, **options)

    assert all_rows() == before


def test_a_missing_a_half_and_a_newer_file_are_refused(coops, tmp_path, monkeypatch):
    path = back_up(tmp_path)
    before = all_rows()
    with pytest.raises(CommandError, match="There is no file"):
        run("restore", tmp_path / "other.tar")
    half = tmp_path / "half.tar"
    half.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(CommandError, match="it is not whole"):
        run("restore", half)
    known = manifests.known_migrations()
    newest = max(known & {tuple(pair) for pair in _migrations(path)})
    monkeypatch.setattr(manifests, "known_migrations", lambda: known - {newest})
    with pytest.raises(CommandError, match=f"by a newer version, with {newest[0]}.{newest[1]}"):
        run("restore", path)
    assert all_rows() == before


def _migrations(path):
    with open_archive(path) as archive:
        return archive.manifest.migrations


def test_an_older_backup_is_migrated(coops, tmp_path):
    own, present = coops.alpha.schema_name, rows_of(coops.alpha.schema_name)
    applied = [name for app, name in _migrations(back_up(tmp_path / "new")) if app == "recurring"]
    run("migrate_schemas", "recurring", sorted(applied)[-2], schema_name=own, verbosity=0)
    path = back_up(tmp_path)
    assert ["recurring", max(applied)] not in _migrations(path)
    run("migrate_schemas", schema_name=own, verbosity=0)

    run("restore", path)

    back = rows_of(own)
    assert back.keys() == present.keys()
    assert back["accounts_user"] == present["accounts_user"]
    assert ["recurring", max(applied)] in _migrations(back_up(tmp_path / "again"))


def test_two_restores_do_not_run_at_once(coops, tmp_path):
    path = back_up(tmp_path)
    with as_owner(), owner_session(autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        with pytest.raises(CommandError, match="Another restore is running"):
            run("restore", path)


def test_a_failure_at_the_last_moment_leaves_nothing_half_made(coops, tmp_path, monkeypatch):
    path = back_up(tmp_path)
    before, files = all_rows(), files_in(Path(settings.MEDIA_ROOT))

    def fails(*_arguments):
        raise OSError("The disk is full.")

    monkeypatch.setattr("tenants.backup.restoring.reset_login", fails)
    for options in ({}, {"slug": "gamma"}):
        with pytest.raises(CommandError, match="The disk is full"):
            run("restore", path, **options)

    assert all_rows() == before
    assert files_in(Path(settings.MEDIA_ROOT)) == files


def test_shared_tables_do_not_come_back_where_somebody_is(coops, tmp_path):
    run("backup", to=tmp_path)
    [shared] = tmp_path.glob("federation--*.tar")
    with pytest.raises(CommandError, match="only into an empty installation"):
        run("restore", shared)


def test_all_comes_back_into_an_empty_installation(coops, tmp_path):
    with in_federation():
        User.objects.create_user("s@federation.example", "x", name="S", is_federation_staff=True)
    run("backup", to=tmp_path)
    before = all_rows()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE public.accounts_user, public.tenants_cooperative CASCADE")
        for cooperative in (coops.alpha, coops.beta):
            cursor.execute(f"DROP SCHEMA {cooperative.schema_name} CASCADE")

    run("restore", *tmp_path.glob("*.tar"))

    after = all_rows()
    for rows in (before, after):  # the list is entered anew, with other numbers
        rows["public"].pop("tenants_cooperative"), rows["public"].pop("tenants_domain")
    trails = [set(rows["public"].pop("audit_event")) for rows in (before, after)]
    assert trails[0] < trails[1]  # that the list was entered anew is recorded, too
    for cooperative in (coops.alpha, coops.beta):
        without_its_line(after[cooperative.schema_name])
    assert after == before
    with in_federation():
        found = list(Cooperative.objects.order_by("slug"))
    assert [each.slug for each in found] == ["alpha", "beta"]
    assert prove_isolation(found, at=NOW).is_clean
