import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory

from accounts.models import Invitation
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once, first_answer, read_action_id
from tenants.context import in_cooperative

NOW = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)
ACTION = uuid.UUID("0f0e0d0c-0000-4000-8000-000000000001")


def invite(email="ana@example.org", action_id=ACTION, **fields):
    return Invitation.objects.create(
        email=email,
        name="Ana",
        roles=["is_courier"],
        secret_hash=fields.pop("secret_hash", uuid.uuid4().hex),
        created_at=NOW,
        expires_at=NOW,
        action_id=action_id,
    )


def test_the_id_of_the_form_is_read():
    assert read_action_id(RequestFactory().post("/", {"action_id": str(ACTION)})) == ACTION


@pytest.mark.parametrize(
    "form", [{}, {"action_id": ""}, {"action_id": "1"}, {"action_id": "x" * 36}]
)
def test_a_form_without_id_is_refused_with_a_sentence(form):
    with pytest.raises(DomainError, match="Load the page again") as refusal:
        read_action_id(RequestFactory().post("/", form))

    assert refusal.value.status == 422


def test_a_repetition_gets_the_first_answer(db):
    first = create_once(Invitation, ACTION, invite)
    again = create_once(Invitation, ACTION, lambda: invite("other@example.org"))

    assert again == first == first_answer(Invitation, ACTION)
    assert Invitation.objects.get().email == "ana@example.org"


def test_another_constraint_is_not_taken_for_a_repetition(db):
    invite(action_id=uuid.uuid4(), secret_hash="same")

    with pytest.raises(IntegrityError):
        create_once(Invitation, ACTION, lambda: invite(secret_hash="same"))
    assert first_answer(Invitation, ACTION) is None


def test_twenty_at_once_make_one(login_wall):
    def send(number):
        try:
            with in_cooperative(login_wall.alpha):
                return create_once(Invitation, ACTION, lambda: invite(f"p{number}@example.org")).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        answers = set(threads.map(send, range(20)))

    assert len(answers) == 1
    with in_cooperative(login_wall.alpha):
        assert Invitation.objects.count() == 1
