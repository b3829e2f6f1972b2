"""Another e-mail address for one's own account: it counts once the new address has answered."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts import email_changes
from accounts.models import User
from audit.models import SecurityEvent
from coopcycle.models import OutboxMessage
from coopcycle.outbox import send_due
from tenants.context import in_cooperative, in_federation
from tests.factories import PASSWORD, UserFactory
from tests.sign_in import enter, grow_stale

pytestmark = pytest.mark.django_db
NEW = "ines@new.example"
ENGLISH = {"accept-language": "en"}


def ask(browser, email=NEW):
    return browser.post(reverse("security:email"), {"email": email}, headers=ENGLISH)


def written():
    """The mails of the workers, newest last: address, subject, text."""
    while send_due():
        pass
    return [(each.to, each.subject, each.body) for each in mail.outbox]


def link():
    """What the newest mail leads to."""
    return re.search(r"https?://[^/]+(/me/email/\S+)", written()[-1][2])[1]


def test_the_new_address_answers_and_then_opens_the_account(client_for):
    ines = UserFactory(email="ines@old.example", language="en")
    browser, elsewhere = client_for(ines), client_for(ines)

    asked = ask(browser, " Ines@New.Example ")
    assert asked.status_code == 302
    ines.refresh_from_db()
    assert ines.email == "ines@old.example"
    (to, subject, text), *more = written()
    assert (to, more) == ([NEW], [])
    assert subject.startswith("Your new e-mail address")
    assert "ines@old.example" not in text

    page = browser.get(link(), headers=ENGLISH)
    assert NEW in page.text
    ines.refresh_from_db()
    assert ines.email == "ines@old.example"  # programs open links, too
    assert browser.post(link()).status_code == 302

    ines.refresh_from_db()
    assert ines.email == NEW
    assert browser.get("/me/").status_code == 200
    assert elsewhere.get("/me/").status_code == 302
    assert written()[-1][0] == ["ines@old.example"]
    assert NEW not in written()[-1][2]
    event = SecurityEvent.objects.get(kind="email_changed")
    assert (event.user_id, event.about_id, event.details) == (ines.pk, ines.pk, {})
    for email, status in ((NEW, 302), ("ines@old.example", 422)):
        sent = {"login": email, "password": PASSWORD}
        assert client_for().post(reverse("account_login"), sent).status_code == status


def test_a_link_opens_once_and_for_an_hour(client_for):
    ines = UserFactory()
    browser, now = client_for(ines), timezone.now()
    path = email_changes.path_of(ines, NEW, at=now)
    late = email_changes.path_of(ines, NEW, at=now - email_changes.LIFETIME)
    other = email_changes.path_of(ines, "other@new.example", at=now - timedelta(minutes=59))

    assert browser.get(late, headers=ENGLISH).status_code == 410
    assert browser.post(path).status_code == 302
    again = browser.post(path, headers=ENGLISH)
    assert again.status_code == 410
    assert "was used or has run out" in again.text
    assert browser.post(other).status_code == 410  # what was asked for before is over, too


@pytest.mark.parametrize("change", ["password", "sessions"])
def test_a_new_password_or_an_end_of_all_sessions_ends_the_link(client_for, change):
    ines = UserFactory()
    path = email_changes.path_of(ines, NEW, at=timezone.now())
    if change == "password":
        ines.set_password("a basket of ripe pears")
    else:
        ines.sessions_ended += 1
    ines.save()

    assert client_for(ines).post(path).status_code == 410
    ines.refresh_from_db()
    assert ines.email != NEW


def test_a_link_is_one_persons_at_one_co_op(client_for, alpha, beta):
    ines, hugo = UserFactory(), UserFactory()
    path = email_changes.path_of(ines, NEW, at=timezone.now())
    with in_cooperative(beta):
        there = UserFactory(pk=ines.pk, email=ines.email)

    assert client_for(hugo).post(path).status_code == 404
    assert client_for(there, beta).post(path).status_code == 404
    assert client_for().get(path).status_code == 302  # to sign-in, and back
    assert client_for(ines).get(path[:-2] + "x/").status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_23_an_address_that_somebody_has_gets_the_same_answer_and_another_mail(client_for):
    ines = UserFactory(language="en")
    UserFactory(email="hugo@here.example", language="en")
    browser = client_for(ines)

    free, taken = ask(browser), ask(browser, "Hugo@here.example")

    assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
    assert OutboxMessage.objects.filter(kind=email_changes.KIND).count() == 2
    (_to, _subject, with_link), (to, subject, without) = sorted(
        written(), key=lambda m: m[0] != [NEW]
    )
    assert to == ["hugo@here.example"]
    assert "has an account" not in with_link
    assert "You have an account with it already" in without
    assert "/me/email/" not in without
    assert ines.name not in without
    assert subject.startswith("Your e-mail address at ")


def test_an_address_taken_meanwhile_is_refused(client_for):
    ines = UserFactory()
    path = email_changes.path_of(ines, NEW, at=timezone.now())
    UserFactory(email=NEW.upper())

    refused = client_for(ines).post(path, headers=ENGLISH)

    assert refused.status_code == 409
    assert "Choose another one" in refused.text


def test_it_asks_again_who_sits_there_and_refuses_what_is_no_new_address(client_for):
    ines = UserFactory(email="ines@old.example")
    browser = client_for(ines)

    assert ask(browser, "INES@old.example").status_code == 422
    assert ask(browser, "no address").status_code == 422
    grow_stale(browser)
    assert ask(browser)["Location"].startswith("/me/confirm/")
    assert not OutboxMessage.objects.exists()


def test_22_nobody_has_us_write_to_many_strangers(client_for):
    browser = client_for(UserFactory())

    answers = [ask(browser, f"someone{n}@new.example").status_code for n in range(5)]

    assert answers == [302] * 4 + [429]


def test_the_federations_staff_change_theirs_too(federation_client):
    with in_federation():
        solene = UserFactory(is_federation_staff=True)
        enter(federation_client, solene)

    assert ask(federation_client).status_code == 302
    with in_federation():
        path = link()
    assert federation_client.post(path).status_code == 302
    with in_federation():
        assert User.objects.get(pk=solene.pk).email == NEW
