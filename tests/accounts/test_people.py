"""People: roles, the last administrator, and one's own details."""

import pytest
from django.urls import reverse

from tenants.context import in_cooperative
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def fields(user, **changes):
    return {
        "name": user.name,
        "phone": "+33 4 76 00 00 01",
        "language": "fr",
        "roles": ["is_dispatcher", "is_courier"],
        "is_active": "on",
        "version": user.version,
    } | changes


def edit(browser, user, **changes):
    return browser.post(reverse("accounts:person-edit", args=[user.pk]), fields(user, **changes))


def test_an_administrator_gives_and_takes_roles(client_for):
    user = UserFactory(courier=True)

    response = edit(client_for(UserFactory(administrator=True)), user, roles=["is_dispatcher"])

    user.refresh_from_db()
    assert response.status_code == 302
    assert (user.is_dispatcher, user.is_courier) == (True, False)
    assert (user.phone, user.language) == ("+33 4 76 00 00 01", "fr")


def test_the_last_administrator_stays_one(client_for):
    administrator = UserFactory(administrator=True)
    UserFactory(administrator=True, is_active=False)

    for change in ({"roles": []}, {"roles": ["is_administrator"], "is_active": ""}):
        response = edit(client_for(administrator), administrator, **change)
        assert response.status_code == 422
        assert "last administrator" in response.text

    administrator.refresh_from_db()
    assert administrator.is_administrator
    assert administrator.is_active


def test_one_of_two_administrators_may_step_back(client_for):
    first, second = UserFactory(administrator=True), UserFactory(administrator=True)

    assert edit(client_for(second), first, roles=[]).status_code == 302
    first.refresh_from_db()
    assert not first.is_administrator


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"phone": "call me"}, {"roles": ["is_federation_staff"]}]
)
def test_wrong_input_changes_nobody(client_for, wrong):
    user = UserFactory(courier=True)

    assert edit(client_for(UserFactory(administrator=True)), user, **wrong).status_code == 422
    user.refresh_from_db()
    assert user.is_courier


def test_the_second_of_two_administrators_sees_what_the_first_saved_and_loses_nothing(client_for):
    user = UserFactory(courier=True, name="Ana Ferreira")
    first, second = UserFactory(administrator=True), UserFactory(administrator=True)
    edit(client_for(first), user, phone="+33 6 00 00 00 11", roles=["is_dispatcher"])
    browser = client_for(second)

    refused = edit(browser, user, phone="+33 6 00 00 00 22", roles=["is_courier"])

    assert refused.status_code == 409
    assert "Somebody else has changed Ana Ferreira since you opened this page." in refused.text
    assert "Phone, saved meanwhile: +33 6 00 00 00 11" in refused.text
    assert "Roles in the cooperative, saved meanwhile: Dispatcher" in refused.text
    assert 'value="+33 6 00 00 00 22"' in refused.text  # what was typed
    user.refresh_from_db()
    assert (user.phone, user.is_courier, user.version) == ("+33 6 00 00 00 11", False, 2)

    assert 'name="version" value="2"' in refused.text
    edit(browser, user, phone="+33 6 00 00 00 22", roles=["is_courier"])  # saved again, knowingly
    user.refresh_from_db()
    assert (user.phone, user.is_courier, user.version) == ("+33 6 00 00 00 22", True, 3)


def test_ones_own_details_are_not_undone_by_an_older_page(client_for):
    user = UserFactory(name="Ana", phone="")
    browser = client_for(user)
    details = {"name": "Ana", "phone": "", "language": "en", "version": 1}
    browser.post(reverse("accounts:me"), details | {"phone": "+33 6 00 00 00 11"})

    refused = browser.post(reverse("accounts:me"), details | {"name": "Ana Ferreira"})

    assert refused.status_code == 409
    assert "Phone, saved meanwhile: +33 6 00 00 00 11" in refused.text
    user.refresh_from_db()
    assert (user.name, user.phone) == ("Ana", "+33 6 00 00 00 11")


def test_extra_fields_are_ignored(client_for):
    user = UserFactory()

    edit(client_for(UserFactory(administrator=True)), user, is_federation_staff="on", email="x@y.z")

    user.refresh_from_db()
    assert not user.is_federation_staff
    assert user.email != "x@y.z"


def test_a_person_of_another_co_op_is_not_found(client_for, beta):
    with in_cooperative(beta):
        for _ in range(5):
            stranger = UserFactory()

    response = edit(client_for(UserFactory(administrator=True)), stranger)

    assert response.status_code == 404
    with in_cooperative(beta):
        stranger.refresh_from_db()
        assert stranger.language == "en"


def test_everyone_keeps_their_own_details_but_not_their_roles(client_for):
    user = UserFactory(courier=True)

    response = client_for(user).post(
        reverse("accounts:me"),
        {"name": "Ana", "phone": "", "language": "fr", "version": 1, "roles": ["is_administrator"]},
    )

    user.refresh_from_db()
    assert response.status_code == 302
    assert (user.name, user.language, user.is_administrator) == ("Ana", "fr", False)


def test_wrong_details_come_back_with_422(client_for):
    user = UserFactory(name="Ana")
    response = client_for(user).post(reverse("accounts:me"), {"name": "", "language": "xx"})

    assert response.status_code == 422
    user.refresh_from_db()
    assert user.name == "Ana"


@pytest.mark.parametrize("people", [1, 30])
def test_the_list_of_people_asks_the_same_for_one_and_thirty(
    client_for, people, django_assert_num_queries
):
    browser = client_for(UserFactory(administrator=True))
    for _ in range(people):
        MembershipFactory()
    browser.get(reverse("accounts:person-list"))

    with django_assert_num_queries(7):
        assert browser.get(reverse("accounts:person-list")).status_code == 200
