"""Items 1 to 12: whatever is asked, and by whatever way, a co-op gets its own and nothing else."""

import io
import os
import subprocess
import sys
import uuid

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection, transaction
from django.template import Context, Template
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.invitations import hash_secret as invitation_hash
from accounts.invitations import invite
from accounts.models import User
from coopcycle.db.owner import as_owner
from dispatch.models import Proof
from recurring.feeds.services import hash_secret as feed_hash
from recurring.feeds.services import open_feed
from tenants.apps import check_caches
from tenants.context import in_cooperative, in_federation
from tenants.models import Domain
from tests.factories import PASSWORD, MembershipFactory, TaskFactory, UserFactory
from tests.scenes import MONDAY, address, furnish, views
from tests.sign_in import enter

MARK = "Zebra-of-beta"
SEARCH = {"q": "Zebra", "day": "2026-11-25"}  # pages repeat it, so it is not the whole mark
ROLES = ("nobody", "courier", "member", "dispatcher", "administrator", "everything")


def person_of(role, owner):
    """Someone of alpha."""
    if role == "everything":
        return owner
    if role == "member":
        return MembershipFactory().user
    return UserFactory(**({} if role == "nobody" else {role: True}))


@pytest.fixture
def two(db, alpha, beta, monkeypatch):
    """Both co-ops furnished alike; beta's things bear a mark. Returns alpha's owner, beta's ids."""
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, _ids = furnish("of alpha")
    with in_cooperative(beta):
        _owner, ids = furnish(MARK)
    return owner, ids


@pytest.mark.parametrize("role", ROLES)
def test_01_no_address_shows_anything_of_another_co_op(two, client_for, role):
    owner, ids = two
    browser = client_for(person_of(role, owner))

    for name, parts in views():
        if name == "account_logout":
            continue
        where = address(name, parts, ids)
        for answer in (browser.get(where), browser.get(where, SEARCH)):
            assert answer.status_code < 500, where
            said = b"".join(answer) if answer.streaming else answer.content
            assert MARK.encode() not in said, where


def test_01_no_form_changes_anything_of_another_co_op(two, client_for, beta):
    owner, ids = two
    browser = client_for(owner)
    with in_cooperative(beta):
        before = _rows_by_table()

    for name, parts in views():
        if name != "account_logout":
            told = {"action_id": str(uuid.uuid4()), "version": "1", "name": "taken", **ids}
            assert browser.post(address(name, parts, ids), told).status_code < 500, name

    with in_cooperative(beta):
        assert _rows_by_table() == before


def _rows_by_table():
    """A digest of all rows of the active co-op."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
            )
            found[table] = cursor.fetchone()
    return found


def test_02_a_cookie_of_one_co_op_is_nobody_at_another(client_for, alpha, beta, db):
    for home, away in ((alpha, beta), (beta, alpha)):
        with in_cooperative(home):
            user = UserFactory(administrator=True)
        browser = client_for(user, home)
        for host in (f"{away.slug}.localhost", "localhost"):
            answer = browser.get("/", headers={"host": host})
            assert "account_logout" not in str(getattr(answer, "url", ""))
            assert not answer.wsgi_request.user.is_authenticated


@pytest.mark.parametrize(
    "host",
    ["evil.example", "nobody.localhost", "alpha.localhost.evil.example", "alpha.localhost@x"],
)
def test_03_a_strange_host_gets_a_plain_404_that_repeats_nothing(client, db, host):
    answer = client.get("/", headers={"host": host})

    assert (answer.status_code, answer.content) == (404, b"Not found\n")


def test_03_a_forwarded_host_is_not_listened_to(client_for, db, alpha, beta):
    answer = client_for().get("/sign-in/", headers={"x-forwarded-host": f"{beta.slug}.localhost"})

    assert alpha.name in answer.content.decode()
    assert beta.name not in answer.content.decode()


def test_04_cookies_belong_to_one_host(client_for, db, alpha, beta):
    with in_federation():
        Domain.objects.create(domain="coursiers.example", tenant=beta, is_primary=False)
    with in_cooperative(beta):
        user = UserFactory()
    for host in ("coursiers.example", f"{beta.slug}.localhost"):  # also a domain of their own
        answer = client_for().post(
            "/sign-in/", {"login": user.email, "password": PASSWORD}, headers={"host": host}
        )
        assert answer.wsgi_request.user == user
        assert {cookie["domain"] for cookie in answer.cookies.values()} == {""}


def test_04_behind_https_the_browser_itself_refuses_cookies_of_a_sibling():
    code = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.SESSION_COOKIE_DOMAIN, s.CSRF_COOKIE_DOMAIN, s.SESSION_COOKIE_PATH)"
    )
    environment = os.environ | {
        "PUBLIC_SCHEME": "https",
        "DJANGO_SETTINGS_MODULE": "coopcycle.settings",
    }
    said = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)

    assert said.split() == ["__Host-session", "__Host-csrf", "True", "None", "None", "/"]


def test_05_a_cache_key_is_a_co_ops_own(db, alpha, beta):
    part = Template("{% load cache %}{% cache 60 rail %}{{ coop }}{% endcache %}")
    homes = [alpha, beta]
    for home in homes * 2:
        with in_cooperative(home):
            cache.add("greeting", home.slug)
            assert cache.get("greeting") == home.slug
            assert part.render(Context({"coop": home.slug})) == home.slug
    cache.clear()


def test_05_a_cache_that_mixes_co_ops_does_not_start(settings):
    assert check_caches() == []
    settings.CACHES = {**settings.CACHES, "fast": {"BACKEND": "x"}}
    [error] = check_caches()
    assert error.id == "tenants.E003"
    assert "fast" in error.msg


def photographed():
    """A stop that is done, proven by a photo, through the courier's own page."""
    task = TaskFactory(doing=True)
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "JPEG")
    return task, {
        "action": "done",
        "client_id": str(uuid.uuid4()),
        "photo": SimpleUploadedFile("door.jpg", file.getvalue(), "image/jpeg"),
    }


def test_06_a_photo_is_shown_at_its_own_co_op_by_its_own_view_alone(
    client_for, db, alpha, beta, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    with in_cooperative(beta):
        task, tap = photographed()
        office = UserFactory(dispatcher=True)
    client_for(task.tour.courier.user, beta).post(reverse("rider:action", args=[task.pk]), tap)
    with in_cooperative(beta):
        proof = Proof.objects.get(task=task)
    where = reverse("rider:proof-photo", args=[proof.pk])

    assert client_for(office, beta).get(where).status_code == 200
    assert client_for(UserFactory(dispatcher=True), alpha).get(where).status_code == 404
    assert client_for(None, beta).get(where).status_code == 302
    stored = next(path for path in tmp_path.rglob("*.jpg"))
    assert stored.relative_to(tmp_path).parts[0] == beta.schema_name
    for guess in ("/media/", "/var/media/", "/static/"):
        guessed = guess + stored.relative_to(tmp_path).as_posix()
        assert client_for(office, beta).get(guessed).status_code == 404


def test_08_the_path_of_a_session_is_its_co_ops_after_everything(login_wall):
    def path():
        with connection.cursor() as cursor:
            cursor.execute("SHOW search_path")
            return cursor.fetchone()[0].replace('"', "").replace(" ", "")

    for home in (login_wall.alpha, login_wall.beta) * 2:
        with in_cooperative(home):
            assert path() == f"{home.schema_name},public"
            with transaction.atomic():
                User.objects.count()
                transaction.set_rollback(True)
            assert path() == f"{home.schema_name},public"
        call_command("check", verbosity=0)
    with as_owner():
        assert path() == "public"


def test_09_a_login_reads_no_other_schema(login_wall):
    other = login_wall.beta.schema_name
    with in_cooperative(login_wall.alpha), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema FROM information_schema.tables"
            " WHERE table_schema LIKE 'c\\_%' GROUP BY 1"
        )
        assert cursor.fetchall() == [(login_wall.alpha.schema_name,)]
        cursor.execute(
            "SELECT has_schema_privilege(%s, 'USAGE'), has_schema_privilege('public', 'CREATE')",
            [other],
        )
        assert cursor.fetchall() == [(False, False)]


def test_10_a_missing_table_is_a_fault_and_never_the_federations(login_wall, client_for):
    with as_owner():
        User.objects.create_user("staff@federation.example", name="Staff of the federation")
    browser = client_for(None, login_wall.alpha)
    browser.raise_request_exception = False
    with in_cooperative(login_wall.alpha):
        enter(browser, UserFactory(administrator=True))
    where = reverse("accounts:person-list")
    assert browser.get(where).status_code == 200

    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {login_wall.alpha.schema_name}.accounts_user CASCADE")

    answer = browser.get(where)
    assert answer.status_code == 500
    assert b"Staff of the federation" not in answer.content


def test_11_a_link_of_one_co_op_opens_nothing_at_another(client_for, db, alpha, beta):
    owner, ids = furnish()
    with in_cooperative(beta):
        furnish()
    _feed, feed_secret = open_feed(
        business=owner.businesses.first(),
        content="receives",
        name="Phone",
        actor=owner,
        at=timezone.now(),
        action_id=uuid.uuid4(),
    )
    told = []
    invite(
        email="ana@example.org",
        name="Ana",
        language="en",
        roles=["is_courier"],
        actor=owner,
        at=timezone.now(),
        link_to=lambda secret: told.append(secret) or secret,
        site_name="Alpha",
        action_id=uuid.uuid4(),
    )
    links = [
        reverse("tracking:delivery", args=[ids["token"]]),
        reverse("feeds:calendar", args=[feed_secret]),
        reverse("accounts:invitation-accept", args=told),
    ]

    def answers(home):
        return [client_for(None, home).get(link).status_code for link in links]

    assert answers(alpha) == [200, 200, 200]
    assert all(status in (404, 410) for status in answers(beta))


def test_11_every_secret_is_hashed_with_the_co_op_in_it(alpha, beta):
    for hashed in (feed_hash, invitation_hash):
        with in_cooperative(alpha):
            here = hashed("s" * 43)
        with in_cooperative(beta):
            assert hashed("s" * 43) != here
