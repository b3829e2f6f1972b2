"""Invitations: one way in, once, for a week, in one co-op."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts import invitations
from accounts.models import Invitation, Membership, User
from coopcycle.errors import DomainError
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative
from tests.factories import PASSWORD, BusinessFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NEW_PASSWORD = "a basket of ripe pears"


def invite(**changes):
    """An invitation of now, and the secret that went out."""
    secrets: list[str] = []
    fields = {
        "email": "Ana@Example.org",
        "name": "Ana Ferreira",
        "language": "fr",
        "roles": ["is_courier"],
        "actor": UserFactory(administrator=True),
        "at": datetime.now(UTC),
        "link_to": lambda secret: secrets.append(secret) or f"https://coop.example/{secret}",
        "site_name": "Alpha",
        "action_id": uuid.uuid4(),
    } | changes
    invitation = invitations.invite(**fields)
    return invitation, secrets[0] if secrets else ""


def accept_url(secret):
    return reverse("accounts:invitation-accept", args=[secret])


def test_the_mail_carries_the_link_and_the_table_only_a_hash():
    invitation, secret = invite()

    payload = OutboxMessage.objects.get().payload
    assert payload["to"] == "ana@example.org"
    assert payload["context"]["url"].endswith(secret)
    assert secret not in str(Invitation.objects.values_list().get())
    assert invitation.expires_at - invitation.created_at == timedelta(days=7)


def test_the_link_gives_a_password_the_role_and_a_session(client):
    _, secret = invite()

    response = client.post(accept_url(secret), {"password": NEW_PASSWORD})

    ana = User.objects.get(email="ana@example.org")
    assert response.status_code == 302
    assert (ana.name, ana.language, ana.is_courier, ana.is_administrator) == (
        "Ana Ferreira",
        "fr",
        True,
        False,
    )
    assert ana.check_password(NEW_PASSWORD)
    assert client.session["_auth_user_id"] == str(ana.pk)


def test_a_browser_sends_the_form_with_its_origin_and_tells_the_secret_to_no_other_site(client):
    """With "no-referrer" browsers send "Origin: null", which is refused as a forgery: nobody got in."""
    _, secret = invite()

    assert client.get(accept_url(secret))["Referrer-Policy"] == "same-origin"


def test_a_link_opens_once(client_for):
    _, secret = invite()
    client_for().post(accept_url(secret), {"password": NEW_PASSWORD})

    again = client_for().post(accept_url(secret), {"password": "another good password"})

    assert again.status_code == 410
    assert User.objects.get(email="ana@example.org").check_password(NEW_PASSWORD)


def test_a_link_opens_for_seven_days_and_not_a_second_longer():
    invitation, secret = invite(at=NOW)

    with pytest.raises(DomainError):
        invitations.accept_invitation(
            secret=secret, password=NEW_PASSWORD, at=invitation.expires_at
        )

    last = invitation.expires_at - timedelta(seconds=1)
    assert invitations.accept_invitation(secret=secret, password=NEW_PASSWORD, at=last).is_courier


def test_an_invitation_taken_back_opens_nothing(client, client_for):
    invitation, secret = invite()
    administrator = client_for(UserFactory(administrator=True))

    administrator.post(reverse("accounts:invitation-revoke", args=[invitation.pk]))

    assert client.get(accept_url(secret)).status_code == 410
    assert client.post(accept_url(secret), {"password": NEW_PASSWORD}).status_code == 410
    assert not User.objects.filter(email="ana@example.org").exists()


def test_a_taken_up_invitation_cannot_be_taken_back(client_for):
    invitation, secret = invite()
    invitations.accept_invitation(secret=secret, password=NEW_PASSWORD, at=datetime.now(UTC))

    response = client_for(UserFactory(administrator=True)).post(
        reverse("accounts:invitation-revoke", args=[invitation.pk])
    )

    assert response.status_code == 409


def test_an_unknown_secret_is_not_found(client):
    assert client.get(accept_url("x" * 43)).status_code == 404


def test_a_link_of_one_co_op_opens_nothing_at_another(client_for, beta):
    invitation, secret = invite()
    with in_cooperative(beta):  # even where the same row was copied over
        copied = Invitation.objects.create(
            email=invitation.email,
            name=invitation.name,
            roles=invitation.roles,
            secret_hash=invitation.secret_hash,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )
    assert copied.secret_hash == invitation.secret_hash

    assert client_for(None, beta).get(accept_url(secret)).status_code == 404


def test_a_weak_password_is_refused_and_the_invitation_stays_open(client):
    invitation, secret = invite()

    response = client.post(accept_url(secret), {"password": "password1234"})

    assert response.status_code == 422
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_the_link_alone_gives_nobody_an_existing_account(client, client_for):
    known = UserFactory(email="ana@example.org")
    _, secret = invite()

    assert client.post(accept_url(secret), {"password": NEW_PASSWORD}).status_code == 409
    known.refresh_from_db()
    assert known.check_password(PASSWORD)
    assert not known.is_courier

    assert client_for(known).post(accept_url(secret)).status_code == 302
    known.refresh_from_db()
    assert known.is_courier


@pytest.mark.parametrize("lost", ["is_administrator", "is_active"])
def test_what_somebody_sent_who_may_not_any_more_opens_nothing(client, lost):
    boss = UserFactory(administrator=True)
    _, secret = invite(actor=boss, roles=["is_administrator"])
    assert client.get(accept_url(secret)).status_code == 200

    User.objects.filter(pk=boss.pk).update(**{lost: False})

    assert client.get(accept_url(secret)).status_code == 410
    assert client.post(accept_url(secret), {"password": NEW_PASSWORD}).status_code == 410
    with pytest.raises(DomainError, match="taken back"):
        invitations.accept_invitation(secret=secret, password=NEW_PASSWORD, at=datetime.now(UTC))
    assert not User.objects.filter(email="ana@example.org").exists()


def test_an_owners_invitation_ends_with_their_place_and_reaches_no_team(client):
    seat = MembershipFactory()
    _, secret = invite(actor=seat.user, roles=[], business=seat.business)
    _, to_team = invite(actor=seat.user, business=seat.business)
    assert client.get(accept_url(secret)).status_code == 200
    assert client.get(accept_url(to_team)).status_code == 410

    seat.delete()

    assert client.get(accept_url(secret)).status_code == 410


def test_an_invitation_to_a_business_gives_a_place_in_it():
    business = BusinessFactory()
    _, secret = invite(roles=[], business=business, level="owner")

    user = invitations.accept_invitation(secret=secret, password=NEW_PASSWORD, at=datetime.now(UTC))

    seat = Membership.objects.get(user=user)
    assert (seat.business, seat.level) == (business, "owner")
    assert not user.works_at_office


def test_the_same_action_invites_once():
    action_id = uuid.uuid4()
    first, _ = invite(action_id=action_id)
    second, _ = invite(action_id=action_id)

    assert first.pk == second.pk
    assert OutboxMessage.objects.count() == 1


def test_an_invitation_must_open_some_door():
    with pytest.raises(DomainError):
        invite(roles=[])
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            email="a@b.example",
            name="A",
            roles=[],
            secret_hash="h",
            created_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )


# --- the pages -------------------------------------------------------------------------------------
def form(**changes):
    return {
        "name": "Ana Ferreira",
        "email": "ana@example.org",
        "language": "fr",
        "roles": ["is_courier"],
        "action_id": str(uuid.uuid4()),
    } | changes


def test_an_administrator_invites_to_the_team(client_for):
    response = client_for(UserFactory(administrator=True)).post(
        reverse("accounts:invitation-create"), form()
    )

    assert response.status_code == 302
    assert Invitation.objects.get().roles == ["is_courier"]


@pytest.mark.parametrize(
    "wrong", [{"roles": ["is_federation_staff"]}, {"roles": []}, {"email": "x"}]
)
def test_wrong_input_invites_nobody(client_for, wrong):
    response = client_for(UserFactory(administrator=True)).post(
        reverse("accounts:invitation-create"), form(**wrong)
    )

    assert response.status_code == 422
    assert not Invitation.objects.exists()


def test_an_owner_invites_to_their_business_only(client_for):
    seat = MembershipFactory()
    other = BusinessFactory()
    browser = client_for(seat.user)
    fields = form(level="staff")

    theirs = browser.post(reverse("accounts:member-invite", args=[seat.business.pk]), fields)
    others = browser.post(reverse("accounts:member-invite", args=[other.pk]), fields)

    assert (theirs.status_code, others.status_code) == (302, 404)
    assert Invitation.objects.get().business == seat.business
    assert Invitation.objects.get().roles == []


def test_staff_invites_nobody(client_for):
    seat = MembershipFactory(staff=True)

    response = client_for(seat.user).post(
        reverse("accounts:member-invite", args=[seat.business.pk]), form(level="owner")
    )

    assert response.status_code == 404
    assert not Invitation.objects.exists()
