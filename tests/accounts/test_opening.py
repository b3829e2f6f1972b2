"""Federation staff open a co-op by a form: it stands at once, or nothing of it does."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Invitation, User
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative
from tests.sign_in import enter

ASKED = {
    "name": "Les Pédales du Vexin",
    "slug": "vexin",
    "city": "Pontoise",
    "country": "FR",
    "administrator_name": "Maud Sertier",
    "administrator_email": "maud@vexin.example",
}
URLCONF = "coopcycle.urls_federation"


@pytest.fixture
def staff_client(federation_client: Client, db: None) -> Client:
    with in_federation():
        staff = User.objects.create_user("s@f.example", "x", name="S", is_federation_staff=True)
        enter(federation_client, staff)
    return federation_client


def test_a_co_op_opens_and_its_first_administrator_is_invited(staff_client: Client) -> None:
    response = staff_client.post(reverse("accounts:cooperative-create", urlconf=URLCONF), ASKED)

    assert response.status_code == 302
    with in_federation():
        cooperative = Cooperative.objects.get(slug="vexin")
    with in_cooperative(cooperative):
        invitation = Invitation.objects.get()
        mail = OutboxMessage.objects.get()
    assert (cooperative.currency, cooperative.timezone) == ("EUR", "Europe/Paris")
    assert invitation.roles == ["is_administrator", "is_dispatcher"]
    assert re.match(r"https?://vexin\.", mail.payload["context"]["url"])


def test_a_taken_name_comes_back_with_its_sentence(staff_client: Client, alpha) -> None:
    response = staff_client.post(
        reverse("accounts:cooperative-create", urlconf=URLCONF), ASKED | {"name": alpha.name}
    )

    assert response.status_code == 409
    assert alpha.name in response.text
    with in_federation():
        assert not Cooperative.objects.filter(slug="vexin").exists()


def test_wrong_input_is_named_at_its_field(staff_client: Client) -> None:
    response = staff_client.post(
        reverse("accounts:cooperative-create", urlconf=URLCONF), ASKED | {"slug": "a b"}
    )
    assert response.status_code == 422


def test_others_do_not_find_the_page(federation_client: Client, db: None) -> None:
    response = federation_client.get(reverse("accounts:cooperative-create", urlconf=URLCONF))
    assert response.status_code == 302  # to sign in
