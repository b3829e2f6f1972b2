"""The gate before each view: what it counts, what it lets through, and where it sends people."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse

from accounts.gate import AccessMiddleware
from accounts.limits.models import Limit
from audit.models import SecurityEvent
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
LINK = "tracking:delivery"
HERE, THERE = "192.0.2.1", "198.51.100.1"


def asked(rf, view_name, method="get", network=HERE, user=None):
    """A request that has found its view."""
    request = getattr(rf, method)("/somewhere/", REMOTE_ADDR=network)
    request.user = user or AnonymousUser()
    request.resolver_match = SimpleNamespace(view_name=view_name, kwargs={}) if view_name else None
    return request


def before(request):
    """What the gate says before the view: None lets it through."""
    return AccessMiddleware(HttpResponse).process_view(request, HttpResponse, (), {})


def tried(request, status):
    """The view's answer, past the gate."""
    gate = AccessMiddleware(lambda _request: HttpResponse(status=status))
    if refused := gate.process_view(request, HttpResponse, (), {}):
        return refused.status_code
    return gate(request).status_code


@pytest.mark.parametrize(("method", "changes"), [("get", False), ("head", False), ("post", True)])
def test_a_person_is_changing_something_where_more_is_asked_than_to_look(rf, method, changes):
    request = asked(rf, "health", method, user=UserFactory(is_reader=True))

    assert before(request) is None
    assert request.user.is_changing is changes
    assert request.user.sees_all is not changes


@pytest.mark.parametrize("view_name", [None, "nobody:wrote-a-rule"])
def test_without_a_rule_there_is_no_view_also_for_administrators(rf, view_name):
    with pytest.raises(Http404):
        before(asked(rf, view_name, user=UserFactory(administrator=True)))


def test_22_wrong_secrets_are_counted_against_the_network_they_come_from(rf):
    statuses = [tried(asked(rf, LINK), 404) for _ in range(32)]

    assert statuses == [404] * 30 + [429] * 2
    assert tried(asked(rf, LINK, network=THERE), 404) == 404
    assert Limit.objects.count() == 2
    lockouts = SecurityEvent.objects.filter(kind=SecurityEvent.Kind.LOCKED_OUT)
    assert [event.rule for event in lockouts] == ["link"]


@pytest.mark.parametrize("status", [200, 302, 304, 500])
def test_22_what_does_not_say_that_it_was_wrong_is_not_counted(rf, status):
    assert tried(asked(rf, LINK), status) == status

    assert not Limit.objects.exists()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422])
def test_22_what_says_that_it_was_wrong_is_counted(rf, status):
    assert tried(asked(rf, LINK), status) == status

    assert Limit.objects.get().kind == "link"


def test_22_an_answer_that_never_says_whether_it_was_right_is_always_counted(rf):
    assert tried(asked(rf, "account_reset_password", "post"), 302) == 302
    assert tried(asked(rf, "account_reset_password"), 200) == 200  # the page was only opened

    assert Limit.objects.get().kind == "reset-network"


def test_22_a_page_without_a_secret_counts_nothing(rf):
    assert tried(asked(rf, "health"), 404) == 404

    assert not Limit.objects.exists()


def test_22_a_try_sent_while_another_took_the_last_one_is_still_answered(rf):
    request = asked(rf, LINK)
    assert before(request) is None
    for _ in range(30):
        tried(asked(rf, LINK), 404)

    assert AccessMiddleware(lambda _request: HttpResponse(status=404))(request).status_code == 404
