"""Businesses: made and changed by the office, kept by their owners, invisible to others."""

import pytest
from django.urls import reverse

from accounts.models import Address, Business, Membership
from tenants.context import in_cooperative
from tests.factories import BusinessFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def fields(**changes):
    return {
        "name": "Chez Odile",
        "kind": "restaurant",
        "phone": "+33 4 76 00 00 01",
        "email": "odile@example.org",
        "language": "fr",
        "opening_weekdays": ["2", "3", "5"],
        "street": "12 rue des Halles",
        "postal_code": "38000",
        "city": "Grenoble",
        "instructions": "Through the yard, code 40B17",
        "latitude": "45.191000",
        "longitude": "5.730000",
    } | changes


def url(name, *args):
    return reverse(f"accounts:{name}", args=args)


def test_a_dispatcher_makes_a_business_with_its_place(client_for):
    response = client_for(UserFactory(dispatcher=True)).post(url("business-create"), fields())

    business = Business.objects.get(name="Chez Odile")
    assert response["Location"] == url("business-detail", business.pk)
    assert business.opening_weekdays == [2, 3, 5]
    assert (business.address.street, business.address.country) == ("12 rue des Halles", "FR")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"latitude": "91"},
        {"latitude": ""},
        {"opening_weekdays": []},
        {"kind": "bank"},
    ],
)
def test_wrong_input_makes_nothing(client_for, wrong):
    response = client_for(UserFactory(dispatcher=True)).post(
        url("business-create"), fields(**wrong)
    )

    assert response.status_code == 422
    assert not Business.objects.exists()
    assert not Address.objects.exists()


def test_a_name_is_given_once(client_for):
    BusinessFactory(name="Chez Odile")

    response = client_for(UserFactory(dispatcher=True)).post(url("business-create"), fields())

    assert response.status_code == 422
    assert Business.objects.count() == 1


def test_a_moved_business_gets_a_new_address_and_the_old_one_stays(client_for):
    seat = MembershipFactory()
    old = seat.business.address

    response = client_for(seat.user).post(url("business-edit", seat.business.pk), fields(version=1))

    seat.business.refresh_from_db()
    assert response.status_code == 302
    assert seat.business.address.street == "12 rue des Halles"
    assert Address.objects.get(pk=old.pk).street == old.street


def test_changing_only_the_phone_keeps_the_address(client_for):
    seat = MembershipFactory()
    browser = client_for(seat.user)
    browser.post(url("business-edit", seat.business.pk), fields(version=1))
    seat.business.refresh_from_db()
    address = seat.business.address_id

    browser.post(
        url("business-edit", seat.business.pk), fields(phone="+33 4 76 00 00 02", version=2)
    )

    seat.business.refresh_from_db()
    assert (seat.business.phone, seat.business.address_id) == ("+33 4 76 00 00 02", address)


def test_a_business_that_somebody_else_changed_comes_back_with_what_both_typed(client_for):
    seat = MembershipFactory()
    office, owner = client_for(UserFactory(dispatcher=True)), client_for(seat.user)
    office.post(url("business-edit", seat.business.pk), fields(version=1))

    refused = owner.post(
        url("business-edit", seat.business.pk),
        fields(version=1, street="14 rue des Halles", opening_weekdays=["1"]),
    )

    assert refused.status_code == 409
    assert "Somebody else has changed Chez Odile since you opened this page." in refused.text
    assert "Street and number, saved meanwhile: 12 rue des Halles" in refused.text
    assert "Open on, saved meanwhile: Tuesday, Wednesday, Friday" in refused.text
    assert "14 rue des Halles" in refused.text
    seat.business.refresh_from_db()
    assert seat.business.address.street == "12 rue des Halles"

    again = owner.post(
        url("business-edit", seat.business.pk), fields(version=2, street="14 rue des Halles")
    )
    seat.business.refresh_from_db()
    assert again.status_code == 302
    assert seat.business.address.street == "14 rue des Halles"


def test_staff_sees_but_does_not_change(client_for):
    seat = MembershipFactory(staff=True)
    browser = client_for(seat.user)

    assert browser.get(url("business-detail", seat.business.pk)).status_code == 200
    assert browser.post(url("business-edit", seat.business.pk), fields()).status_code == 404
    assert Business.objects.get().name == seat.business.name


@pytest.mark.parametrize("name", ["business-detail", "business-edit", "member-invite"])
def test_another_business_is_not_found(client_for, name):
    owner = MembershipFactory().user
    other = BusinessFactory()

    assert client_for(owner).get(url(name, other.pk)).status_code == 404


def test_a_business_of_another_co_op_is_not_found(client_for, beta):
    with in_cooperative(beta):
        other = [BusinessFactory() for _ in range(3)][-1]
    browser = client_for(UserFactory(administrator=True))

    assert browser.get(url("business-detail", other.pk)).status_code == 404
    assert browser.post(url("business-edit", other.pk), fields()).status_code == 404
    assert browser.post(url("business-archive", other.pk)).status_code == 404
    with in_cooperative(beta):
        other.refresh_from_db()
        assert other.name.startswith("Business")
        assert other.archived_at is None


def test_an_archived_business_leaves_the_list_and_comes_back(client_for):
    business = BusinessFactory(name="Chez Odile")
    browser = client_for(UserFactory(dispatcher=True))

    browser.post(url("business-archive", business.pk))
    assert "Chez Odile" not in browser.get(url("business-list")).text.split("toasts")[0]
    assert "Chez Odile" in browser.get(url("business-list") + "?archived").text

    browser.post(url("business-archive", business.pk), {"restore": "1"})
    assert "Chez Odile" in browser.get(url("business-list")).text


def test_a_name_given_twice_is_refused_in_words_of_the_trade(client_for):
    BusinessFactory(name="Chez Odile")

    page = client_for(UserFactory(dispatcher=True)).post(
        url("business-create"), {"name": "Chez Odile", "kind": "restaurant"}
    )

    assert page.status_code == 422
    assert page.context["form"].errors["name"] == [
        "A business has this name already. Add its street to tell them apart."
    ]


def test_the_list_is_filed_by_name(client_for):
    for name in ("Zinc bleu", "Épicerie Nord", "Atelier", "Fournil"):
        BusinessFactory(name=name)

    page = client_for(UserFactory(dispatcher=True)).get(reverse("accounts:business-list"))

    names = [business.name for business in page.context["businesses"]]
    assert names == ["Atelier", "Épicerie Nord", "Fournil", "Zinc bleu"]


def test_putting_away_needs_a_post(client_for):
    business = BusinessFactory()
    response = client_for(UserFactory(dispatcher=True)).get(url("business-archive", business.pk))

    assert response.status_code == 405


def test_an_owner_removes_a_colleague_but_the_last_owner_stays(client_for):
    seat = MembershipFactory()
    colleague = MembershipFactory(staff=True, business=seat.business)
    browser = client_for(seat.user)

    gone = browser.post(url("member-remove", seat.business.pk, colleague.pk))
    kept = browser.post(url("member-remove", seat.business.pk, seat.pk))

    assert (gone.status_code, kept.status_code) == (302, 409)
    assert list(Membership.objects.all()) == [seat]


def test_who_loses_their_place_is_signed_out_and_who_leaves_it_goes_on(client_for):
    seat = MembershipFactory()
    colleague, other = MembershipFactory.create_batch(2, business=seat.business)
    browser, theirs = client_for(seat.user), client_for(colleague.user)
    client_for(other.user)

    browser.post(url("member-remove", seat.business.pk, colleague.pk))
    browser.post(url("member-remove", seat.business.pk, seat.pk))

    assert theirs.get("/me/").status_code == 302
    assert browser.get("/me/").status_code == 200
    assert other.user.sessions.count() == 1


def test_a_place_in_another_business_is_not_removed(client_for):
    seat, other = MembershipFactory(), MembershipFactory()

    response = client_for(seat.user).post(url("member-remove", seat.business.pk, other.pk))

    assert response.status_code == 404
    assert Membership.objects.count() == 2


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_asks_the_same_for_one_and_thirty(client_for, count, django_assert_num_queries):
    browser = client_for(UserFactory(dispatcher=True))
    for _ in range(count):
        MembershipFactory()
    browser.get(url("business-list"))

    with django_assert_num_queries(4):
        assert browser.get(url("business-list")).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_a_business_asks_the_same_for_one_and_thirty_members(
    client_for, count, django_assert_num_queries
):
    browser = client_for(UserFactory(administrator=True))
    business = BusinessFactory()
    for _ in range(count):
        MembershipFactory(business=business)
    browser.get(url("business-detail", business.pk))

    with django_assert_num_queries(7):  # one asks whether a habit could stand
        assert browser.get(url("business-detail", business.pk)).status_code == 200
