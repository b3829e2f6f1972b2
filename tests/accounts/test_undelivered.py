"""What was given up is listed for administrators, who send it again or let it be."""

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from coopcycle import outbox
from coopcycle.mail import put_mail
from coopcycle.models import OutboxMessage
from tenants.context import in_federation
from tests.factories import UserFactory
from tests.sign_in import enter

pytestmark = pytest.mark.django_db
LIST = reverse("accounts:undelivered-list")
State = OutboxMessage.State


@pytest.fixture
def administrator(client_for):
    return client_for(UserFactory(is_administrator=True))


@pytest.fixture
def given_up():
    with transaction.atomic():
        put_mail("a", to="ana@example.org", template="invitation", language="en")
    OutboxMessage.objects.update(state=State.DEAD, attempts=12, last_error="SMTPError: <no>")
    return OutboxMessage.objects.get()


def address(what, message):
    return reverse(f"accounts:undelivered-{what}", args=[message.pk])


def test_a_message_given_up_is_listed_with_its_reason(administrator, given_up):
    page = administrator.get(LIST).content.decode()

    assert "ana@example.org" in page
    assert "SMTPError: &lt;no&gt;" in page
    assert "12 tries" in page


def test_when_everything_was_sent_the_page_says_so(administrator):
    assert "Everything was sent" in administrator.get(LIST).content.decode()


def test_it_is_sent_again_from_the_beginning(administrator, given_up):
    response = administrator.post(address("again", given_up))

    given_up.refresh_from_db()
    assert response.status_code == 302
    assert (given_up.state, given_up.attempts) == (State.WAITING, 0)


def test_what_is_not_wanted_is_never_sent_nor_written_again(administrator, given_up):
    administrator.post(address("drop", given_up))
    with transaction.atomic():
        put_mail("a", to="ana@example.org", template="invitation", language="en")

    given_up.refresh_from_db()
    assert given_up.state == State.DROPPED
    assert OutboxMessage.objects.count() == 1
    assert outbox.send_due(at=timezone.now()) == 0
    assert outbox.count_failing("mail") == 0


@pytest.mark.parametrize("what", ["again", "drop"])
def test_what_was_not_given_up_is_left_alone(administrator, given_up, what):
    OutboxMessage.objects.update(state=State.SENT, sent_at=timezone.now())

    assert administrator.post(address(what, given_up)).status_code == 404
    given_up.refresh_from_db()
    assert given_up.state == State.SENT


@pytest.mark.parametrize("role", ["is_dispatcher", "is_courier"])
def test_others_find_no_such_page(client_for, given_up, role):
    person = client_for(UserFactory(**{role: True}))

    assert person.get(LIST).status_code == 404
    assert person.post(address("again", given_up)).status_code == 404
    given_up.refresh_from_db()
    assert given_up.state == State.DEAD


def test_the_federations_staff_find_what_the_federation_could_not_send(federation_client):
    with in_federation():
        enter(federation_client, UserFactory(is_federation_staff=True))
        with transaction.atomic():
            put_mail("a", to="new@coop.example", template="invitation", language="en")
        OutboxMessage.objects.update(state=State.DEAD, attempts=12, last_error="SMTPError: no")
        message = OutboxMessage.objects.get()

    assert "new@coop.example" in federation_client.get(LIST).text
    assert federation_client.post(address("again", message)).status_code == 302
    with in_federation():
        assert OutboxMessage.objects.get().state == State.WAITING


def test_a_co_ops_person_and_a_stranger_find_nothing_at_the_federations_host(federation_client):
    assert federation_client.get(LIST).status_code == 302
    with in_federation():
        enter(federation_client, UserFactory(is_administrator=False))
    assert federation_client.get(LIST).status_code == 404


def test_the_list_asks_the_database_as_often_for_many(
    administrator, given_up, django_assert_num_queries
):
    administrator.get(LIST)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(kind="mail", key=f"k{n}", payload={"to": "x"}, state=State.DEAD)
        for n in range(30)
    )
    with django_assert_num_queries(4):
        administrator.get(LIST)
