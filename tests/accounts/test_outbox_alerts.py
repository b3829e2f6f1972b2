"""Mails that are stuck are told to people: the co-op's administrators, and the federation's staff."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.outbox_alerts import watch_everywhere
from coopcycle import outbox
from coopcycle.mail import put_mail
from coopcycle.models import OutboxMessage
from tenants.context import in_cooperative, in_federation
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def in_minutes(minutes):
    """Messages are due at once by the real clock, also those that the alarm itself writes."""
    return timezone.now() + timedelta(minutes=minutes)


@pytest.fixture(autouse=True)
def administrator(alpha):
    with in_cooperative(alpha):
        OutboxMessage.objects.all().delete()
        return UserFactory(is_administrator=True, language="en")


@pytest.fixture
def staff():
    with in_federation():
        return UserFactory(is_federation_staff=True, language="fr")


def put(key="a"):
    with transaction.atomic():
        put_mail(key, to="x@example.org", template="x", language="en")


def told():
    """The alarms that wait, as (to, name)."""
    alarms = OutboxMessage.objects.filter(payload__template="outbox_alarm").order_by("key")
    return [(alarm.payload["to"], alarm.payload["context"]["name"]) for alarm in alarms]


def test_nobody_is_told_while_mails_leave():
    put()

    watch_everywhere(at=in_minutes(5))

    assert told() == []


def test_a_growing_outbox_is_told_once_a_day(administrator, staff):
    put()

    watch_everywhere(at=in_minutes(20))
    watch_everywhere(at=in_minutes(20) + timedelta(seconds=1))

    assert told() == [(administrator.email, "growing")]
    with in_federation():
        # The second look finds the first alarm itself unsent.
        assert told() == [(staff.email, "elsewhere"), (staff.email, "growing")]
        alarm = OutboxMessage.objects.get(payload__context__name="elsewhere")
        assert alarm.payload["context"]["cooperatives"] == ["Alpha"]


def test_a_message_given_up_is_told(administrator):
    put()
    OutboxMessage.objects.update(state="dead", last_error="refused")

    watch_everywhere(at=in_minutes(5))

    assert told() == [(administrator.email, "failing")]


@pytest.mark.parametrize(("failures", "is_told"), [(4, False), (5, True)])
def test_many_mails_that_fail_are_told_and_one_wrong_address_is_not(failures, is_told):
    for number in range(failures):
        put(f"m{number}")
    OutboxMessage.objects.update(last_error="refused", next_attempt_at=in_minutes(20))

    watch_everywhere(at=in_minutes(5))

    assert bool(told()) is is_told


def test_the_alarm_can_be_read(administrator, staff, mailoutbox):
    put()
    OutboxMessage.objects.update(state="dead", last_error="refused")
    watch_everywhere(at=in_minutes(5))

    outbox.send_due(at=in_minutes(20))
    with in_federation():
        outbox.send_due(at=in_minutes(20))

    assert [mail.subject for mail in mailoutbox] == [
        "Alpha: mails could not be sent",
        "Des e-mails de coopératives sont bloqués",
    ]
    assert "given up: 1" in mailoutbox[0].body
    assert "- Alpha" in mailoutbox[1].body
