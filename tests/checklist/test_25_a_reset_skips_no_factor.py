"""25: a new password by mail is a new password, and not a way past the second factor."""

import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.invitations import invite
from coopcycle.outbox import send_due
from tests.factories import UserFactory
from tests.sign_in import code_for, give_app

pytestmark = pytest.mark.django_db
NEW = "a basket of ripe pears"


def test_25_after_a_reset_the_factor_is_asked_for(client, mailoutbox):
    user = give_app(UserFactory(administrator=True))
    client.post(reverse("account_reset_password"), {"email": user.email})
    send_due()
    path = re.search(r"http://alpha\.localhost[:\d]*(/\S+)", mailoutbox[0].body)[1]
    form = client.get(path)
    client.post(form["Location"], {"password1": NEW, "password2": NEW})

    assert client.get("/")["Location"].startswith("/sign-in/")
    signed_in = client.post("/sign-in/", {"login": user.email, "password": NEW})
    assert signed_in["Location"] == "/sign-in/second-step/"
    assert client.get("/")["Location"].startswith("/sign-in/")
    assert client.post(signed_in["Location"], {"code": code_for(user)})["Location"] == "/"


def test_25_an_accepted_invitation_to_the_office_leads_to_the_factor(client, alpha):
    secrets = []
    invite(
        email="nora@example.org",
        name="Nora",
        language="en",
        actor=None,
        inviter="x",
        at=timezone.now(),
        link_to=lambda secret: secrets.append(secret) or "",
        site_name="Alpha",
        roles=["is_administrator"],
        action_id=uuid.uuid4(),
    )

    entered = client.post(reverse("accounts:invitation-accept", args=secrets), {"password": NEW})

    assert entered["Location"] == "/sign-in/second-step/set-up/"
    assert "_auth_user_id" not in client.session
