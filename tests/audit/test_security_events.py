"""What happens at the doors is written down, with who, from where and which rule, never a secret."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import resolve, reverse

from accounts.gate import AccessMiddleware
from accounts.models import User
from accounts.services import change_person
from audit.models import SecurityEvent
from audit.recording import Kind, record
from tenants.context import in_federation
from tests.factories import PASSWORD, UserFactory
from tests.sign_in import code_for, give_app

pytestmark = pytest.mark.django_db


def kept() -> list[tuple]:
    return [
        (event.kind, event.user_id, event.about_id, event.address)
        for event in SecurityEvent.objects.order_by("pk")
    ]


def sign_in(browser, email: str, password: str = PASSWORD):
    return browser.post(reverse("account_login"), {"login": email, "password": password})


def test_a_sign_in_is_kept_with_person_address_and_request(client):
    person = UserFactory()

    response = sign_in(client, person.email)

    assert kept() == [("signed_in", person.pk, person.pk, "127.0.0.1")]
    assert SecurityEvent.objects.get().request_id == response["X-Request-ID"]
    assert len(response["X-Request-ID"]) == 20


def test_a_wrong_password_is_kept_without_what_was_typed(client):
    person = UserFactory()

    sign_in(client, person.email, "the wrong words here")
    sign_in(client, "my password by mistake", "x")
    sign_in(client, "nobody@example.org", "the wrong words here")

    assert kept() == [
        ("sign_in_failed", None, person.pk, "127.0.0.1"),
        ("sign_in_failed", None, None, "127.0.0.1"),
    ]
    assert [event.details for event in SecurityEvent.objects.all()] == [{}, {}]


def test_signing_out_is_kept(client_for):
    person = UserFactory()
    browser = client_for(person)

    browser.post(reverse("account_logout"))

    assert kept()[-1] == ("signed_out", person.pk, person.pk, "127.0.0.1")


def test_a_refusal_by_the_matrix_names_the_view(client_for):
    courier = UserFactory(courier=True)

    response = client_for(courier).get(reverse("accounts:person-edit", args=[7]))

    event = SecurityEvent.objects.get(kind=Kind.REFUSED)
    assert response.status_code == 404
    assert (event.user_id, event.rule) == (courier.pk, "accounts:person-edit")
    assert event.details == {"method": "GET", "asked": {"person_id": 7}}


def test_an_object_that_is_not_theirs_is_a_refusal_too(client_for):
    administrator = UserFactory(administrator=True)

    client_for(administrator).get(reverse("accounts:person-edit", args=[99_999]))

    event = SecurityEvent.objects.get(kind=Kind.REFUSED)
    assert (event.rule, event.details["asked"]["person_id"]) == ("accounts:person-edit", 99_999)


@pytest.mark.parametrize(
    ("signed_in", "exception", "is_kept"),
    [
        (True, Http404(), True),
        (True, PermissionDenied(), True),
        (True, ValueError("a fault of ours"), False),
        (False, Http404(), False),
    ],
)
def test_a_refusal_is_what_a_known_person_was_not_shown(rf, signed_in, exception, is_kept):
    request = rf.get("/people/7/")
    request.user = UserFactory(administrator=True) if signed_in else AnonymousUser()
    request.resolver_match = resolve("/people/7/")

    AccessMiddleware(HttpResponse).process_exception(request, exception)

    assert SecurityEvent.objects.filter(kind=Kind.REFUSED).exists() == is_kept


def test_a_refusal_at_an_address_without_view_is_kept_without_one(rf):
    request = rf.get("/nowhere/")
    request.user, request.resolver_match = UserFactory(), None

    AccessMiddleware(HttpResponse).process_exception(request, Http404())

    event = SecurityEvent.objects.get(kind=Kind.REFUSED)
    assert (event.rule, event.details) == ("", {"method": "GET", "asked": {}})


def test_a_change_of_roles_is_kept_before_and_after(client_for):
    administrator, person = UserFactory(administrator=True), UserFactory(courier=True)
    client_for(administrator).post(
        reverse("accounts:person-edit", args=[person.pk]),
        {
            "name": person.name,
            "language": "en",
            "roles": ["is_dispatcher"],
            "is_active": "on",
            "version": person.version,
        },
    )

    event = SecurityEvent.objects.get(kind=Kind.ROLES_CHANGED)
    assert (event.user_id, event.about_id) == (administrator.pk, person.pk)
    assert event.details == {"before": ["is_courier"], "after": ["is_dispatcher"]}


def test_who_may_not_sign_in_any_more_is_kept():
    UserFactory(administrator=True)
    person = UserFactory()

    change_person(
        user_id=person.pk,
        seen=person.version,
        name=person.name,
        phone="",
        language="en",
        roles=[],
        is_active=False,
    )

    assert kept() == [("deactivated", None, person.pk, None)]


def test_taking_a_table_along_is_kept(client_for):
    administrator = UserFactory(administrator=True)

    client_for(administrator).get(reverse("importing:export"))

    event = SecurityEvent.objects.get(kind=Kind.EXPORTED)
    assert (event.user_id, event.details) == (administrator.pk, {"what": "standing orders"})


@pytest.mark.parametrize("name", ["password", "backup_code", "Token", "secret_hash", "totp_seed"])
def test_nothing_that_is_named_like_a_secret_is_kept(name):
    with pytest.raises(ValueError, match="No secret is kept"):
        record(Kind.FACTOR_ADDED, **{name: "x"})
    assert not SecurityEvent.objects.exists()


def test_the_federation_keeps_its_own(federation_client):
    with in_federation():
        staff = User.objects.create_user(
            "staff@example.org", PASSWORD, name="Staff", is_federation_staff=True
        )

        give_app(staff)

    sign_in(federation_client, staff.email)
    federation_client.post("/sign-in/second-step/", {"code": code_for(staff)})

    with in_federation():
        assert kept() == [
            ("factor_passed", staff.pk, staff.pk, "127.0.0.1"),
            ("signed_in", staff.pk, staff.pk, "127.0.0.1"),
        ]
