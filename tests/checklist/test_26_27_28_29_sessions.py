"""26–29: a session begins anew at sign-in, is seen, ends when it must, and never comes back."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Session
from accounts.sessions.lifetimes import lifetime_of
from accounts.sessions.services import end_sessions, erase_over
from accounts.sessions.store import SEEN_EVERY, SessionStore, hash_of
from accounts.sessions.words import device_of
from accounts.tasks import sweep_everywhere
from audit.models import SecurityEvent
from tenants.context import in_cooperative, in_federation
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "a basket of ripe pears"
FIREFOX_ON_ANDROID = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
ME = "/me/"


def sign_in(browser, user, password=PASSWORD, **headers):
    return browser.post(
        reverse("account_login"), {"login": user.email, "password": password}, headers=headers
    )


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def row_of(browser):
    return Session.objects.get(pk=hash_of(key_of(browser)))


def is_in(browser):
    return browser.get(ME).status_code == 200


def age(session, **changes):
    """As if `session` had been used, or opened, so long ago."""
    Session.objects.filter(pk=session.pk).update(**changes)


# --- 26: a new key -------------------------------------------------------------------------------
def test_26_sign_in_gives_a_new_key_and_the_old_one_opens_nothing(client, client_for):
    stranger = SessionStore()
    stranger["planted"] = "by somebody who knows this key"
    stranger.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = stranger.session_key

    sign_in(client, UserFactory())

    assert key_of(client) != stranger.session_key
    assert is_in(client)
    thief = client_for()
    thief.cookies[settings.SESSION_COOKIE_NAME] = stranger.session_key
    assert not is_in(thief)


def test_26_a_key_that_we_never_gave_is_not_taken_over(client):
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    sign_in(client, UserFactory())

    assert key_of(client) != "a" * 32


def test_26_the_table_holds_no_key_that_opens_anything(client):
    sign_in(client, UserFactory())

    assert key_of(client) not in str(list(Session.objects.values_list()))


def test_26_a_new_password_gives_this_browser_a_new_key(client_for):
    user = UserFactory()
    browser = client_for(user)
    before = key_of(browser)
    opened_at = row_of(browser).opened_at

    change_password(browser)

    assert key_of(browser) != before
    assert row_of(browser).opened_at == opened_at  # and prolongs nothing


def change_password(browser):
    return browser.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )


# --- 27: sign-out --------------------------------------------------------------------------------
def test_27_after_sign_out_the_cookie_is_dead_and_the_row_gone(client_for):
    browser, thief = client_for(UserFactory()), client_for()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key_of(browser)
    assert is_in(thief)

    answer = browser.post(reverse("account_logout"))

    assert answer.status_code == 302
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert answer.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0
    assert not is_in(thief)
    assert Session.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "patch"])
def test_27_nothing_but_a_post_signs_out(client_for, method):
    browser = client_for(UserFactory())

    getattr(browser, method)(reverse("account_logout"))

    assert is_in(browser)


def test_27_a_request_under_way_does_not_bring_an_ended_session_back(client_for):
    user = UserFactory()
    browser = client_for(user)
    under_way = SessionStore(key_of(browser))
    assert under_way["_auth_user_id"] == str(user.pk)
    end_sessions(user)

    under_way["seen"] = "a page"
    with pytest.raises(UpdateError):
        under_way.save()

    assert not is_in(browser)


# --- 28: seen and ended --------------------------------------------------------------------------
def test_28_a_person_sees_each_device_in_words(client_for):
    user = UserFactory()
    phone, here = client_for(), client_for()
    sign_in(phone, user, user_agent=FIREFOX_ON_ANDROID)
    sign_in(here, user, user_agent="curl/8")

    page = here.get(reverse("sessions:list")).text

    assert "Firefox · Android" in page
    assert "A device that we don’t know" in page
    assert page.count("This device") == 1
    assert "127.0.0.1" not in page  # no place is guessed
    for browser in (phone, here):
        assert key_of(browser) not in page
        assert row_of(browser).pk not in page


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX_ON_ANDROID, "Firefox · Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 Edg/142.0",
            "Edge · Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari · iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 Safari/537.36", "Chrome · Linux"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_28_a_device_is_named_by_what_its_owner_recognises(agent, words):
    assert device_of(agent) == words


def test_28_one_session_is_ended_and_the_others_stay(client_for):
    user = UserFactory()
    here, lost, third = client_for(user), client_for(user), client_for(user)

    answer = here.post(reverse("sessions:end", args=[row_of(lost).handle]))

    assert answer.status_code == 302
    assert (is_in(here), is_in(lost), is_in(third)) == (True, False, True)


def test_28_all_others_are_ended_at_once(client_for):
    user = UserFactory()
    here, lost, third = client_for(user), client_for(user), client_for(user)

    here.post(reverse("sessions:end-others"))

    assert (is_in(here), is_in(lost), is_in(third)) == (True, False, False)
    ended = SecurityEvent.objects.get(kind=SecurityEvent.Kind.SESSION_ENDED)
    assert (ended.about_id, ended.details) == (user.pk, {"number": 2})


def test_28_nobody_ends_the_session_of_somebody_else(client_for):
    mine, theirs = client_for(UserFactory()), client_for(UserFactory())

    mine.post(reverse("sessions:end", args=[row_of(theirs).handle]))

    assert is_in(theirs)


def test_28_a_new_password_ends_the_other_sessions_and_deletes_them(client_for):
    user = UserFactory()
    here, elsewhere = client_for(user), client_for(user)
    ended = key_of(elsewhere)

    change_password(here)

    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert not Session.objects.filter(pk=hash_of(ended)).exists()


@pytest.mark.parametrize(
    "change", [{"roles": ["is_courier", "is_dispatcher"]}, {"roles": []}, {"is_active": False}]
)
def test_28_other_roles_and_a_closed_account_end_all_sessions(client_for, change):
    user = UserFactory(courier=True)
    browser = client_for(user)

    fields = {"name": user.name, "phone": "", "language": "en", "roles": ["is_courier"]}
    services.change_person(user_id=user.pk, seen=1, **fields | {"is_active": True} | change)

    assert not is_in(browser)
    assert not Session.objects.filter(user=user).exists()


def test_28_another_name_ends_nothing(client_for):
    user = UserFactory(courier=True)
    browser = client_for(user)

    services.change_person(
        user_id=user.pk,
        seen=1,
        name="Ana",
        phone="",
        language="en",
        roles=["is_courier"],
        is_active=True,
    )

    assert is_in(browser)


def test_28_administrators_who_change_their_own_roles_stay_where_they_are(client_for):
    user = UserFactory(administrator=True)
    here, elsewhere = client_for(user), client_for(user)
    fields = {"name": user.name, "phone": "", "language": "en", "is_active": "on", "version": 1}

    here.post(
        reverse("accounts:person-edit", args=[user.pk]),
        fields | {"roles": ["is_administrator", "is_courier"]},
    )

    user.refresh_from_db()
    assert user.is_courier
    assert (is_in(here), is_in(elsewhere)) == (True, False)


def test_28_an_administrator_signs_somebody_out_everywhere(client_for):
    user = UserFactory(courier=True)
    administrator = client_for(UserFactory(administrator=True))
    browsers = [client_for(user), client_for(user)]
    assert (
        "On 2 devices."
        in administrator.get(
            reverse("accounts:person-edit", args=[user.pk]), headers={"accept-language": "en"}
        ).text
    )

    administrator.post(reverse("sessions:end-of-person", args=[user.pk]))

    assert [is_in(each) for each in browsers] == [False, False]
    assert is_in(administrator)


def test_28_only_an_administrator_of_the_same_co_op_does(client_for, beta):
    user = UserFactory(courier=True)
    browser = client_for(user)
    url = reverse("sessions:end-of-person", args=[user.pk])
    with in_cooperative(beta):
        other = UserFactory(administrator=True)

    assert client_for(UserFactory(dispatcher=True)).post(url).status_code == 404
    client_for(other, beta).post(url)

    assert is_in(browser)


@pytest.mark.parametrize("number", [1, 30])
def test_28_the_list_asks_the_same_for_one_and_thirty(
    client_for, number, django_assert_num_queries
):
    user = UserFactory(courier=True)
    for _ in range(number):
        browser = client_for(user)
    browser.get(reverse("sessions:list"))

    with django_assert_num_queries(4):  # session, person, their businesses, sessions
        assert browser.get(reverse("sessions:list")).status_code == 200


# --- 29: idle and absolute -----------------------------------------------------------------------
ROLES = {
    "administrator": (timedelta(minutes=30), timedelta(hours=12)),
    "dispatcher": (timedelta(minutes=30), timedelta(hours=12)),
    "courier": (timedelta(hours=10), timedelta(hours=24)),
    "member": (timedelta(days=3), timedelta(days=14)),
}


def person(role):
    return MembershipFactory().user if role == "member" else UserFactory(**{role: True})


@pytest.mark.parametrize("role", ROLES)
def test_29_a_session_ends_when_it_is_not_used(client_for, role):
    idle, _ = ROLES[role]
    browser = client_for(person(role))
    row, now = row_of(browser), timezone.now()

    age(row, seen_at=now - idle + timedelta(minutes=1))
    assert is_in(browser)
    age(row, seen_at=now - idle)
    assert not is_in(browser)


@pytest.mark.parametrize("role", ROLES)
def test_29_a_session_ends_in_any_case_also_in_the_middle_of_use(client_for, role):
    _, at_most = ROLES[role]
    browser = client_for(person(role))
    row = row_of(browser)
    assert row.ends_at - row.opened_at == at_most

    now = timezone.now()
    age(row, opened_at=now - at_most, ends_at=now, seen_at=now)
    assert not is_in(browser)


def test_29_the_federations_staff_have_the_offices_limits(federation_client):
    with in_federation():
        user = UserFactory(is_federation_staff=True)

    assert lifetime_of(user).idle == timedelta(minutes=30)


def test_29_who_steers_and_rides_is_not_signed_out_by_a_cellar():
    both = lifetime_of(UserFactory(dispatcher=True, courier=True))

    assert (both.idle, both.at_most) == (timedelta(hours=2), timedelta(hours=12))


def test_29_use_is_written_every_few_minutes_and_not_at_each_request(
    client_for, django_assert_num_queries
):
    browser = client_for(UserFactory(courier=True))
    is_in(browser)
    with django_assert_num_queries(3) as at_once:
        is_in(browser)
    assert not [each for each in at_once.captured_queries if each["sql"].startswith("UPDATE")]

    row = row_of(browser)
    age(row, seen_at=timezone.now() - SEEN_EVERY)
    with django_assert_num_queries(4):
        is_in(browser)
    assert timezone.now() - row_of(browser).seen_at < timedelta(seconds=30)


def test_29_a_board_that_is_open_counts_as_use(client_for):
    browser = client_for(UserFactory(dispatcher=True))
    row = row_of(browser)
    age(row, seen_at=timezone.now() - timedelta(minutes=29))
    SessionStore(key_of(browser)).load()  # what the live process does every few minutes

    assert timezone.now() - row_of(browser).seen_at < timedelta(seconds=30)


def test_29_what_is_over_is_deleted_at_night(client_for, beta):
    kept, idle, ended = (client_for(UserFactory()) for _ in range(3))
    now = timezone.now()
    age(row_of(idle), seen_at=now - timedelta(days=4))
    age(row_of(ended), opened_at=now - timedelta(days=15), ends_at=now - timedelta(days=1))

    sweep_everywhere()

    assert [each.pk for each in Session.objects.all()] == [row_of(kept).pk]
    assert erase_over(at=now) == 0


def test_29_no_private_page_is_kept_by_a_browser(client_for):
    answer = client_for(UserFactory()).get(ME)

    assert "no-store" in answer["Cache-Control"]
