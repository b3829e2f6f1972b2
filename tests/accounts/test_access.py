"""The access matrix: every address has a rule, no rule is left over, and rules hold."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.access import (
    RULES,
    Looking,
    administrator,
    allows,
    any_of,
    anyone,
    business_owner,
    courier,
    federation,
    finance,
    fresh,
    member,
    office,
    only_looks,
    producer,
    reader,
    signed_in,
)
from tests.factories import MembershipFactory, UserFactory

URLCONFS = ("coopcycle.urls", "coopcycle.urls_federation")


def view_names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from view_names(entry, inner)
        elif isinstance(entry, URLPattern):
            assert entry.name, f"{entry.pattern} has no name, so it can have no rule"
            yield f"{prefix}{entry.name}"


@pytest.mark.parametrize("urlconf", URLCONFS)
def test_every_address_has_a_rule(urlconf):
    assert sorted(set(view_names(get_resolver(urlconf))) - set(RULES)) == []


WITHOUT_OBJECT = [
    ("accounts:me", {"nobody", "administrator", "dispatcher", "courier", "member"}),
    ("accounts:person-list", {"administrator"}),
    ("accounts:invitation-create", {"administrator"}),
    ("overview:month", {"administrator"}),
    ("accounts:business-list", {"administrator", "dispatcher"}),
    ("accounts:business-create", {"administrator", "dispatcher"}),
]


def person(role):
    if role == "member":
        return MembershipFactory().user
    return UserFactory(**({} if role == "nobody" else {role: True}))


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["nobody", "administrator", "dispatcher", "courier", "member"])
@pytest.mark.parametrize(("view_name", "allowed"), WITHOUT_OBJECT)
def test_a_page_opens_for_its_roles_and_does_not_exist_for_others(
    client_for, view_name, allowed, role
):
    response = client_for(person(role)).get(reverse(view_name))

    assert response.status_code == (200 if role in allowed else 404)


@pytest.mark.django_db
@pytest.mark.parametrize(("view_name", "_allowed"), WITHOUT_OBJECT)
def test_without_sign_in_every_page_leads_to_the_gate_and_back(client, view_name, _allowed):
    response = client.get(reverse(view_name))

    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={reverse(view_name)}"


@pytest.mark.django_db
def test_a_part_of_a_page_asked_without_sign_in_moves_the_whole_page(client):
    response = client.get(reverse("accounts:person-list"), headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response["HX-Redirect"] == "/sign-in/"


@pytest.mark.django_db
def test_18_a_role_taken_away_counts_from_the_next_click(client_for):
    administrator = UserFactory(administrator=True)
    browser = client_for(administrator)
    assert browser.get(reverse("accounts:person-list")).status_code == 200

    administrator.is_administrator = False
    administrator.save()

    assert browser.get(reverse("accounts:person-list")).status_code == 404


@pytest.mark.django_db
def test_18_someone_who_may_not_sign_in_any_more_is_out_at_the_next_click(client_for):
    user = UserFactory(administrator=True)
    browser = client_for(user)

    user.is_active = False
    user.save()

    assert browser.get(reverse("accounts:person-list")).status_code == 302


@pytest.mark.django_db
def test_a_session_of_one_co_op_is_nobody_at_another(client_for, alpha, beta):
    browser = client_for(UserFactory(administrator=True))

    response = browser.get(
        reverse("accounts:person-list"), headers={"host": f"{beta.slug}.localhost"}
    )

    assert response.status_code == 302


def test_no_rule_is_left_over():
    known = {name for urlconf in URLCONFS for name in view_names(get_resolver(urlconf))}

    assert sorted(set(RULES) - known) == []


def test_every_link_of_the_rail_and_every_first_page_exists():
    from accounts.navigation import ENTRIES, FIRST_PAGES

    for view_name in [*(entry.view_name for entry in ENTRIES), *(name for name, _ in FIRST_PAGES)]:
        assert view_name in RULES
        assert reverse(view_name)


@pytest.mark.django_db
def test_rules_made_of_rules_ask_about_the_same_person():
    admin, rider, nobody = UserFactory(administrator=True), UserFactory(courier=True), UserFactory()

    either = any_of(administrator, courier)
    assert [either(person) for person in (admin, rider, nobody)] == [True, True, False]
    confirmed = fresh(administrator)
    assert [confirmed(person) for person in (admin, rider)] == [True, False]


@pytest.mark.django_db
def test_the_federation_s_pages_are_not_for_the_people_of_a_co_op():
    assert not federation(UserFactory(administrator=True))
    assert federation(UserFactory(is_federation_staff=True))


@pytest.mark.django_db
def test_each_rule_asks_for_what_it_is_named_after():
    people = {
        "nobody": AnonymousUser(),
        "person": UserFactory(),
        "owner": MembershipFactory().user,
        "helper": MembershipFactory(staff=True).user,
        "farmer": MembershipFactory(business__producer=True, staff=True).user,
        "administrator": UserFactory(administrator=True),
        "dispatcher": UserFactory(dispatcher=True),
        "accountant": UserFactory(is_accountant=True),
        "reader": UserFactory(is_reader=True),
        "courier": UserFactory(courier=True),
        "federation": UserFactory(is_federation_staff=True),
    }

    def let_in(rule):
        return {name for name, person in people.items() if rule(person)}

    assert let_in(anyone) == set(people)
    assert let_in(signed_in) == set(people) - {"nobody"}
    assert let_in(administrator) == {"administrator"}
    assert let_in(office) == {"administrator", "dispatcher"}
    assert let_in(courier) == {"courier"}
    assert let_in(member) == {"owner", "helper", "farmer"}
    assert let_in(business_owner) == {"owner"}
    assert let_in(producer) == {"farmer"}
    assert let_in(federation) == {"federation"}
    assert let_in(reader) == {"reader"}
    assert let_in(finance) == {"accountant", "reader"}
    assert let_in(Looking(courier, looks=reader)) == {"courier", "reader"}


@pytest.mark.django_db
def test_who_may_look_sends_nothing_and_who_may_do_both():
    rule, asks_again = Looking(office, looks=reader), fresh(Looking(office, looks=reader))
    rows = [
        (UserFactory(dispatcher=True), {"GET", "HEAD", "OPTIONS", "POST", "DELETE"}),
        (UserFactory(is_reader=True), {"GET", "HEAD", "OPTIONS"}),
        (UserFactory(), set()),
    ]

    for person, methods in rows:
        for each in (rule, asks_again):
            found = {
                name
                for name in ("GET", "HEAD", "OPTIONS", "POST", "DELETE")
                if allows(each, person, name)
            }
            assert found == methods
    assert allows(office, rows[0][0], "POST")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("roles", "view_name", "only"),
    [
        ({"is_reader": True}, "ordering:order-list", True),
        ({"is_reader": True}, "board:operations", False),  # the office's alone
        ({"is_reader": True}, "accounts:me", False),  # everybody's own
        ({"is_reader": True}, "nobody:wrote-a-rule", False),
        ({"is_reader": True, "is_dispatcher": True}, "ordering:order-list", False),
        ({"is_accountant": True}, "ordering:order-list", True),
        ({"is_accountant": True}, "board:day", False),  # not even that
        ({}, "ordering:order-list", False),
    ],
)
def test_who_only_looks_at_a_page_may_open_it_and_do_nothing_on_it(roles, view_name, only):
    assert only_looks(UserFactory(**roles), view_name) is only
