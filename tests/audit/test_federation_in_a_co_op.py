"""What the federation's staff do inside a co-op is told under their name, never under a number that
is somebody else's there."""

import pytest
from django.urls import reverse

from accounts.models import User
from audit.models import Event, SecurityEvent
from audit.selectors import tell_doors
from audit.telling import tell
from coopcycle.current import acting, actor_here
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative
from tests.accounts.test_opening import ASKED, URLCONF
from tests.factories import UserFactory
from tests.second_factor.test_resets import FEDERATION, REASON
from tests.sign_in import enter, give_app

pytestmark = pytest.mark.django_db
WHO = "Federation: Solène Kervadec"


@pytest.fixture
def staff_client(federation_client, alpha):
    """Their number at the federation is Inès's in the co-op."""
    with in_federation():
        staff = UserFactory(is_federation_staff=True, name="Solène Kervadec")
        enter(federation_client, staff)
    with in_cooperative(alpha):
        UserFactory(pk=staff.pk, name="Inès", courier=True)
    return federation_client


def test_who_opens_a_co_op_stands_in_its_trail_with_their_name(staff_client):
    staff_client.post(reverse("accounts:cooperative-create", urlconf=URLCONF), ASKED)

    with in_federation():
        cooperative = Cooperative.objects.get(slug="vexin")
    with in_cooperative(cooperative):
        invited = Event.objects.get(kind="accounts_invitation")
        door = SecurityEvent.objects.get(kind="invited")
        assert (invited.actor_id, tell([invited])[0].who) == (None, WHO)
        assert (door.user_id, tell_doors([door])[0].who) == (None, WHO)
        assert OutboxMessage.objects.get().actor_id is None


def test_a_reset_by_the_federation_is_theirs_and_keeps_its_reason(staff_client, alpha):
    with in_cooperative(alpha):
        person = give_app(UserFactory(administrator=True))

    staff_client.post(FEDERATION, REASON | {"person": person.pk})

    with in_cooperative(alpha):
        changed = Event.objects.filter(kind="accounts_user", row_id=person.pk).latest("pk")
        removed = SecurityEvent.objects.get(kind="factor_removed")
        assert changed.actor_id is None
        assert tell([changed])[0].who == WHO
        assert "federation:" not in tell([changed])[0].reason
        assert (removed.user_id, tell_doors([removed])[0].who) == (None, WHO)
        assert not User.objects.get(pk=person.pk).has_second_factor


def test_a_number_counts_in_its_own_schema_alone(alpha, beta):
    with in_cooperative(alpha), acting(actor_id=7, actor_home=alpha.schema_name, actor_name="Ana"):
        assert actor_here() == 7
        with in_cooperative(beta):
            assert actor_here() is None


def test_a_reason_that_a_co_ops_person_types_makes_nobody_the_federation(alpha):
    person = UserFactory(name="Malik")
    with acting(actor_id=person.pk, reason="federation: Solène|hello"):
        UserFactory(name="Somebody")

    line = tell([Event.objects.filter(kind="accounts_user").latest("pk")])[0]

    assert (line.who, line.reason) == ("Malik", "federation: Solène|hello")
