"""A lost device: a colleague helps, the federation where there is none, and last a command."""

import pytest
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.urls import reverse

from accounts.models import User
from accounts.second_factor.models import FactorReset
from accounts.second_factor.passkeys import suggested_name
from audit.models import SecurityEvent
from tenants.context import in_cooperative, in_federation
from tests.factories import UserFactory
from tests.sign_in import enter, give_app

pytestmark = pytest.mark.django_db
REASON = {"reason": "Phone lost; I saw her this morning"}
FEDERATION = "/co-ops/alpha/second-step/reset/"


@pytest.fixture
def staff_client(federation_client):
    with in_federation():
        staff = User.objects.create_user(
            "s@f.example", "x", name="Solène", is_federation_staff=True
        )
        enter(federation_client, staff)
    return federation_client


def has_factor(person):
    person.refresh_from_db()
    return person.has_second_factor


def test_an_administrator_resets_a_colleagues(client_for):
    person, colleague = give_app(UserFactory(dispatcher=True)), UserFactory(administrator=True)
    address = reverse("security:person-reset", args=[person.pk])
    browser = client_for(colleague)

    assert browser.post(address, {"reason": ""}).status_code == 422
    assert has_factor(person)
    assert browser.post(address, REASON).status_code == 302
    assert not has_factor(person)
    assert FactorReset.objects.get().by == colleague


@pytest.mark.parametrize("role", ["dispatcher", "courier"])
def test_nobody_else_does(client_for, role):
    person = give_app(UserFactory(administrator=True))

    answer = client_for(UserFactory(**{role: True})).post(
        reverse("security:person-reset", args=[person.pk]), REASON
    )

    assert answer.status_code == 404
    assert has_factor(person)


def test_ones_own_is_refused_with_a_sentence(client_for):
    person = give_app(UserFactory(administrator=True))

    answer = client_for(person).post(reverse("security:person-reset", args=[person.pk]), REASON)

    assert answer.status_code == 422
    assert has_factor(person)


def test_a_person_of_another_co_op_is_not_there(client_for, beta):
    with in_cooperative(beta):
        other = give_app(UserFactory(administrator=True))
    number = other.pk
    User.objects.filter(pk=number).delete()

    answer = client_for(UserFactory(administrator=True)).post(
        reverse("security:person-reset", args=[number + 1000]), REASON
    )

    assert answer.status_code == 404
    with in_cooperative(beta):
        assert has_factor(other)


def test_the_federation_helps_an_administrator_who_is_alone(staff_client):
    person = give_app(UserFactory(administrator=True))

    answer = staff_client.post(FEDERATION, {"person": person.pk, **REASON})

    assert answer.status_code == 302
    assert not has_factor(person)
    reset = FactorReset.objects.get()
    assert (reset.by, reset.by_name) == (None, "Solène")
    event = SecurityEvent.objects.get(kind="factor_removed")
    assert (event.user_id, event.about_id) == (None, person.pk)  # nobody of the co-op did it
    assert event.details["federation"] == "Solène"


def test_and_leaves_it_to_a_colleague_where_there_is_one(staff_client):
    person = give_app(UserFactory(administrator=True))
    UserFactory(administrator=True)

    answer = staff_client.post(FEDERATION, {"person": person.pk, **REASON})

    assert answer.status_code == 422
    assert has_factor(person)


def test_no_co_op_no_page(staff_client):
    assert staff_client.get(FEDERATION.replace("alpha", "nowhere")).status_code == 404


def test_strangers_are_sent_to_sign_in(federation_client):
    assert federation_client.get(FEDERATION)["Location"] == f"/sign-in/?next={FEDERATION}"


def test_a_command_helps_the_last_of_the_staff(mailoutbox):
    with in_federation():
        staff = give_app(UserFactory(is_federation_staff=True))

    call_command("reset_second_factor", staff.email, "Phone lost")

    with in_federation():
        assert not has_factor(staff)
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("reset_second_factor", "x@example.org", "Phone lost", cooperative="alpha")
    with pytest.raises(CommandError, match="No co-op is called"):
        call_command("reset_second_factor", staff.email, "Phone lost", cooperative="nowhere")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X)",
            "Passkey of a device with iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 16; K)", "Passkey of a device with Android"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Passkey of a device with Linux"),
        ("", "Passkey"),
    ],
)
def test_a_passkey_is_called_after_the_device(agent, name):
    request = RequestFactory().get("/", headers={"user-agent": agent})

    assert suggested_name(request) == name
