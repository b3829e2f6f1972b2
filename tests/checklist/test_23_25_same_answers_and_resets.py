"""23: nobody learns who is here. 25: a reset opens once, for an hour, at one co-op, for one address."""

import re
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Invitation, User
from accounts.resets import ResetTokens, path_of
from coopcycle.models import OutboxMessage
from coopcycle.outbox import send_due
from tenants.context import in_cooperative
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
WRONG = "not the password at all"
NEW_PASSWORD = "a basket of ripe pears"


def sign_in(browser, email, password=WRONG):
    return browser.post(reverse("account_login"), {"login": email, "password": password})


def ask(browser, email, **headers):
    return browser.post(reverse("account_reset_password"), {"email": email}, headers=headers)


def set_password(browser, path):
    """Follows the link and sends the form."""
    form = browser.get(path)
    if form.status_code != 302:
        return form
    return browser.post(form["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})


def without_secrets(page):
    page = re.sub(r'(value|content|nonce)="[^"]*"', "", page)
    return re.sub(r"X-CSRFToken[^}]*", "", page)


def statements(act):
    """What an act asked of the database, without values."""
    with CaptureQueriesContext(connection) as queries:
        answer = act()
    plain = [re.split(r"\s(?:WHERE|VALUES|SELECT)|s\d+_x", each["sql"])[0] for each in queries]
    return answer, plain


# --- 23 ------------------------------------------------------------------------------------------
def test_23_sign_in_answers_known_unknown_and_closed_accounts_alike(client_for):
    known, closed = UserFactory().email, UserFactory(is_active=False).email
    answers = [sign_in(client_for(), email) for email in (known, "nobody@example.org", closed)]

    assert {each.status_code for each in answers} == {422}
    assert len({without_secrets(each.text) for each in answers}) == 1


def test_23_sign_in_hashes_once_for_known_and_unknown(client_for, monkeypatch):
    """What takes time is the hash: each makes one, of the same cost."""
    known, made = UserFactory().email, []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, *what: made.append(what) or encode(self, *what)
    )

    sign_in(client_for(), known)
    assert len(made) == 1
    sign_in(client_for(), "nobody@example.org")
    assert len(made) == 2


def test_23_a_reset_asks_the_database_the_same_for_known_and_unknown(client_for):
    known = UserFactory().email
    ask(client_for(), "warm@example.org")
    of_known, for_known = statements(lambda: ask(client_for(), known))
    of_unknown, for_unknown = statements(lambda: ask(client_for(), "nobody@example.org"))

    assert for_known == for_unknown
    assert (of_known.status_code, of_known["Location"]) == (
        of_unknown.status_code,
        of_unknown["Location"],
    )


def test_23_only_the_worker_finds_out_and_writes_to_nobody_else(client, mailoutbox):
    user = UserFactory()
    UserFactory(email="closed@example.org", is_active=False)
    for email in (user.email.upper(), "nobody@example.org", "closed@example.org"):
        ask(client, email)

    send_due()

    assert [mail.to for mail in mailoutbox] == [[user.email]]


def test_23_too_many_resets_are_refused_for_known_and_unknown_alike(client_for):
    answers = [
        [ask(client_for(), email).status_code for _ in range(6)]
        for email in (UserFactory().email, "nobody@example.org")
    ]

    assert answers == [[302] * 4 + [429] * 2] * 2


def test_23_inviting_answers_the_same_for_known_and_unknown(client_for):
    browser = client_for(UserFactory(administrator=True))
    answers = []
    for number, email in enumerate([UserFactory().email, "nobody@example.org"]):
        fields = {"name": "Ana", "email": email, "language": "en", "roles": ["is_courier"]}
        fields["action_id"] = f"00000000-0000-4000-8000-00000000000{number}"
        answers.append(browser.post(reverse("accounts:invitation-create"), fields))

    assert {(each.status_code, each["Location"]) for each in answers} == {(302, "/people/")}
    assert Invitation.objects.count() == 2


# --- 25 ------------------------------------------------------------------------------------------
def test_25_a_link_opens_once(client_for):
    path = path_of(UserFactory())

    assert set_password(client_for(), path).status_code == 302
    assert set_password(client_for(), path).status_code == 404


def test_25_a_link_opens_for_an_hour(client_for):
    user = UserFactory()
    now = datetime.now()  # noqa: DTZ005 - as Django's tokens count
    for age, status in ((timedelta(minutes=59), 302), (timedelta(minutes=61), 404)):
        with patch.object(ResetTokens, "_now", lambda _self, age=age: now - age):
            path = path_of(user)
        assert client_for().get(path).status_code == status


@pytest.mark.parametrize("change", ["password", "email", "sign-in", "closed"])
def test_25_a_link_dies_with_what_it_was_made_for(client_for, change):
    user = UserFactory()
    path = path_of(user)
    if change == "password":
        user.set_password(NEW_PASSWORD)
        user.save()
    elif change == "email":
        User.objects.filter(pk=user.pk).update(email="elsewhere@example.org")
    elif change == "closed":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        sign_in(client_for(), user.email, PASSWORD)

    assert client_for().get(path).status_code == 404


def test_25_a_link_of_one_co_op_opens_nothing_at_another_where_the_same_row_stands(
    client_for, beta
):
    user = UserFactory()
    path = path_of(user)
    with in_cooperative(beta):
        User.objects.filter(pk=user.pk).delete()
        twin = User.objects.create(
            pk=user.pk, email=user.email, name=user.name, password=user.password
        )
        assert twin.password == user.password

    assert client_for(None, beta).get(path).status_code == 404
    assert client_for().get(path).status_code == 302


def test_25_unknown_people_and_wrong_keys_answer_alike(client_for):
    path = path_of(UserFactory())
    uid, key = re.search(r"key/(\w+)-(.+)/$", path).groups()
    answers = [
        client_for().get(reverse("account_reset_password_from_key", args=pair))
        for pair in ((uid, key[:-1] + ("a" if key[-1] != "a" else "b")), ("zzzzz", key))
    ]

    assert {each.status_code for each in answers} == {404}
    assert len({without_secrets(each.text) for each in answers}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "alpha.localhost:6666"},
        {"x_forwarded_host": "evil.example"},
        {"x_forwarded_port": "6666"},
        {"forwarded": "host=evil.example"},
        {"x_forwarded_proto": "gopher"},
    ],
)
def test_25_nobody_chooses_the_address_in_a_mail(client_for, mailoutbox, settings, headers):
    settings.PUBLIC_PORT = 8000
    user, administrator = UserFactory(), UserFactory(administrator=True)
    ask(client_for(), user.email, **headers)
    client_for(administrator).post(
        reverse("accounts:invitation-create"),
        {
            "name": "Ana",
            "email": "ana@example.org",
            "language": "en",
            "roles": ["is_courier"],
            "action_id": "00000000-0000-4000-8000-000000000000",
        },
        headers=headers,
    )
    send_due()

    addresses = [re.search(r"https?://\S+", mail.body)[0] for mail in mailoutbox]
    assert len(addresses) == 2
    assert {each.split("/")[2] for each in addresses} == {"alpha.localhost:8000"}


def test_25_an_unknown_host_gets_no_mail_written(client_for):
    answer = ask(client_for(), UserFactory().email, host="evil.example")

    assert answer.status_code == 404
    assert not OutboxMessage.objects.exists()


def test_25_a_reset_signs_everybody_out_and_nobody_in(client_for):
    user = UserFactory()
    elsewhere, browser = client_for(user), client_for()

    set_password(browser, path_of(user))

    assert elsewhere.get("/me/").status_code == 302
    assert browser.get("/me/").status_code == 302


def test_25_the_key_of_a_link_leaves_the_address_bar_at_once(client):
    path = path_of(UserFactory())

    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].endswith("-set-password/")
