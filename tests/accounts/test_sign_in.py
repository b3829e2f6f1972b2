"""Sign-in, sign-out and a new password."""

import re

import pytest
from django.core.cache import cache
from django.urls import reverse

from coopcycle.models import OutboxMessage
from coopcycle.outbox import send_due
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
WRONG = "not the password at all"


@pytest.fixture(autouse=True)
def _no_tries_yet():
    cache.clear()


def sign_in(client, email, password, **fields):
    return client.post(reverse("account_login"), {"login": email, "password": password, **fields})


def test_a_person_signs_in_and_lands_where_their_day_begins(client):
    user = UserFactory()

    response = sign_in(client, user.email.upper(), PASSWORD)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/")["Location"] == reverse("accounts:me")


def test_sign_in_goes_back_to_where_it_was_asked(client):
    response = sign_in(client, UserFactory().email, PASSWORD, next="/me/")

    assert response["Location"] == "/me/"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example/", "/\\evil.example"]
)
def test_44_sign_in_never_leads_to_another_host(client, elsewhere):
    response = sign_in(client, UserFactory().email, PASSWORD, next=elsewhere)

    assert response["Location"] == "/"


def without_secrets(page: str) -> str:
    """A page without what differs between any two answers."""
    page = re.sub(r'(value|content|nonce)="[^"]*"', "", page)
    return re.sub(r"X-CSRFToken[^}]*", "", page)


def test_known_and_unknown_addresses_get_the_same_answer(client_for):
    known = sign_in(client_for(), UserFactory().email, WRONG)
    unknown = sign_in(client_for(), "nobody@example.org", WRONG)

    assert known.status_code == unknown.status_code == 422
    assert without_secrets(known.text) == without_secrets(unknown.text)


def test_an_empty_form_comes_back_with_422(client):
    assert sign_in(client, "", "").status_code == 422


def test_many_wrong_passwords_stop_the_trying_also_with_the_right_one(client):
    user = UserFactory()
    for _ in range(10):
        sign_in(client, user.email, WRONG)

    assert sign_in(client, user.email, PASSWORD).status_code in (422, 429)
    assert "_auth_user_id" not in client.session


def test_sign_out_needs_a_post(client_for):
    browser = client_for(UserFactory())

    assert browser.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in browser.session
    assert browser.post(reverse("account_logout")).status_code == 302
    assert "_auth_user_id" not in browser.session


def test_nobody_signs_up_by_themselves(client):
    assert client.get("/sign-in/signup/").status_code == 404


def test_a_user_of_one_co_op_does_not_sign_in_at_another(client_for, beta):
    user = UserFactory()

    assert sign_in(client_for(None, beta), user.email, PASSWORD).status_code == 422


# --- a new password ------------------------------------------------------------------------------
def ask_for_reset(client, email):
    return client.post(reverse("account_reset_password"), {"email": email})


def test_a_forgotten_password_is_set_anew_by_a_mailed_link_that_opens_once(client, mailoutbox):
    user = UserFactory(name="Odile Morel")
    ask_for_reset(client, user.email)
    send_due()
    assert [mail.to for mail in mailoutbox] == [[user.email]]
    path = re.search(r"http://alpha\.localhost[:\d]*(/\S+)", mailoutbox[0].body)[1]

    form = client.get(path)
    new = "a basket of ripe pears"
    done = client.post(form["Location"], {"password1": new, "password2": new})

    assert done.status_code == 302
    assert done["Location"] == reverse("account_reset_password_from_key_done")
    user.refresh_from_db()
    assert user.check_password(new)
    used = client.get(path, headers={"accept-language": "en"})
    assert "opens nothing any more" in used.text


def test_asking_for_an_unknown_address_answers_the_same_and_writes_nobody(client):
    known = ask_for_reset(client, UserFactory().email)
    unknown = ask_for_reset(client, "nobody@example.org")
    send_due()

    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert OutboxMessage.objects.filter(kind="mail").count() == 1


def test_a_changed_password_ends_the_other_sessions(client_for):
    user = UserFactory()
    here, elsewhere = client_for(user), client_for(user)
    new = "a basket of ripe pears"

    response = here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )

    assert response.status_code == 302
    assert here.get(reverse("accounts:me")).status_code == 200
    assert elsewhere.get(reverse("accounts:me")).status_code == 302


def test_a_weak_new_password_is_refused_with_a_sentence(client_for):
    user = UserFactory()
    response = client_for(user).post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "short", "password2": "short"},
    )

    assert response.status_code == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
    ],
)
def test_the_pages_of_the_gate_open_in_both_languages(client, name):
    UserFactory()
    for language in ("en", "fr"):
        response = client.get(reverse(name), headers={"accept-language": language})
        assert response.status_code in (200, 302)


def test_members_begin_with_a_page_of_theirs(client_for):
    response = client_for(MembershipFactory().user).get("/")

    assert response.status_code == 302
