"""What happened here: an object's story for the office, and everything for administrators."""

from datetime import timedelta

import pytest
from django.db.models import JSONField
from django.urls import reverse
from django.utils import timezone, translation

from accounts.access import RULES
from accounts.limits import ALLOWANCES
from accounts.services import change_person
from audit.door_words import PLACES, TRIES
from audit.models import Event
from audit.recording import Kind, record
from audit.saying import sayer_of
from audit.scopes import SCOPES
from audit.telling import _text
from audit.words import KINDS, LEFT_OUT, column_label
from coopcycle.current import acting
from coopcycle.tracking import tracked_tables
from recurring.models import Override
from tenants.settings import change_settings, own_settings
from tests.clock import local_today
from tests.factories import (
    BusinessFactory,
    MembershipFactory,
    ProductFactory,
    TaskFactory,
    UserFactory,
)
from tests.recurring.conftest import make_kitchen

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def story(scope: str, row_id: int) -> str:
    return reverse("audit:object", args=[scope, row_id])


def test_a_persons_story_says_who_changed_what_from_what_to_what(client_for):
    administrator = UserFactory(administrator=True, name="Odile Morel")
    person = UserFactory(name="Ana", courier=True)
    client_for(administrator).post(
        reverse("accounts:person-edit", args=[person.pk]),
        {
            "name": "Anaïs",
            "language": "en",
            "roles": ["is_courier"],
            "is_active": "on",
            "version": person.version,
        },
    )

    html = client_for(administrator).get(story("person", person.pk)).content.decode()

    assert "<dt>Name</dt>" in html
    assert "<del>Ana</del>" in html
    assert "<ins>Anaïs</ins>" in html
    assert "Odile Morel" in html
    assert reverse("accounts:person-edit", args=[person.pk]) in html


def test_a_password_is_said_to_have_changed_and_never_shown(client_for):
    administrator, person = UserFactory(administrator=True), UserFactory()
    person.set_password("eleven bikes and a trailer")
    person.save()

    html = client_for(administrator).get(story("person", person.pk)).content.decode()

    assert "changed; the value is not kept" in html
    assert "argon2" not in html


def test_values_are_names_and_words_of_the_readers_language(client_for):
    task = TaskFactory()
    office = UserFactory(dispatcher=True, language="fr")
    task.status = "CANCELLED"
    with acting(actor_id=office.pk, reason="Client absent"):
        task.save()

    html = client_for(office).get(story("stop", task.pk)).content.decode()

    assert "<del>À faire</del>" in html
    assert "<ins>Annulé" in html
    assert "Raison : Client absent" in html.replace(" ", " ")


@pytest.mark.parametrize(
    ("kept", "told"),
    [("2026-12-01T07:30:00", "Tue 1 Dec, 07:30"), ("2026-12-01", "2026-12-01"), (12, "12")],
)
def test_a_date_of_a_standing_order_is_told_by_the_clock_of_the_co_op(kept, told):
    assert _text(kept) == told


def test_an_orders_story_holds_its_stops_and_a_business_its_people(client_for):
    seat = MembershipFactory()
    office = UserFactory(dispatcher=True)

    html = client_for(office).get(story("business", seat.business_id)).content.decode()

    assert seat.user.name in html
    assert "Place in a business" in html


def test_the_settings_story_is_in_the_co_ops_own_trail(client_for, alpha, in_coop, beta):
    administrator = UserFactory(administrator=True)
    with acting(actor_id=administrator.pk):
        change_settings({"lead_minutes": 45}, seen=own_settings().settings_version, actor="x")

    html = client_for(administrator).get(story("settings", alpha.pk)).content.decode()

    assert "<ins>45</ins>" in html
    assert administrator.name in html
    with in_coop(beta):
        assert not Event.objects.filter(kind="tenants_cooperative").exists()


@pytest.mark.parametrize(
    ("scope", "role", "status"),
    [
        ("business", "dispatcher", 200),
        ("business", "courier", 404),
        ("person", "dispatcher", 404),
        ("person", "administrator", 200),
        ("settings", "dispatcher", 404),
    ],
)
def test_who_may_read_a_story(client_for, scope, role, status, alpha):
    reader = UserFactory(**{role: True})
    row = {"business": BusinessFactory().pk, "person": reader.pk, "settings": alpha.pk}[scope]

    assert client_for(reader).get(story(scope, row)).status_code == status


def test_a_story_of_nothing_is_not_found(client_for):
    office = client_for(UserFactory(administrator=True))

    assert office.get(story("business", 99_999)).status_code == 404
    assert office.get(story("nonsense", 1)).status_code == 404


def test_what_is_gone_still_has_its_story(client_for):
    office, product = UserFactory(dispatcher=True), ProductFactory(name="Chard")
    number = product.pk
    product.delete()

    html = client_for(office).get(story("product", number)).content.decode()

    assert "Chard" in html
    assert "removed" in html


def test_a_story_takes_as_many_queries_for_thirty_entries_as_for_one(
    client_for, django_assert_num_queries
):
    office = client_for(UserFactory(dispatcher=True))
    few, many = MembershipFactory().business, BusinessFactory()
    for _ in range(30):
        MembershipFactory(business=many)
    office.get(story("business", few.pk))  # warms up
    with django_assert_num_queries(9):
        office.get(story("business", few.pk))
    with django_assert_num_queries(9):
        office.get(story("business", many.pk))


def test_administrators_search_all_changes_by_person_kind_day_and_request(client_for):
    administrator, other = UserFactory(administrator=True), UserFactory(name="Somebody Else")
    with acting(actor_id=other.pk, request_id="f" * 20):
        ProductFactory(name="Chard")
    ProductFactory(name="Leek")
    browser = client_for(administrator)
    today = local_today()

    def found(**asked: object) -> tuple[bool, bool]:
        html = browser.get(reverse("audit:trail"), asked).content.decode()
        return "Chard" in html, "Leek" in html

    assert found(kind="orders_product") == (True, True)
    assert found(person=other.pk) == (True, False)
    assert found(request="f" * 20) == (True, False)
    assert found(day=today.isoformat(), kind="orders_product") == (True, True)
    assert found(day=(today - timedelta(days=1)).isoformat()) == (False, False)
    assert found(kind="orders_order") == (False, False)


def test_older_entries_are_a_page_away_and_none_is_lost_or_doubled(client_for):
    administrator = UserFactory(administrator=True)
    products = [ProductFactory() for _ in range(45)]
    browser = client_for(administrator)
    seen: list[int] = []
    asked: dict[str, object] = {"kind": "orders_product"}
    while True:
        context = browser.get(reverse("audit:trail"), asked).context
        seen += [line.event.row_id for line in context["lines"]]
        if context["older"] is None:
            break
        asked["before"] = context["older"]

    assert seen == [product.pk for product in reversed(products)]


def test_sign_ins_refusals_and_changes_of_roles_are_a_list_of_their_own(client_for):
    administrator, person = UserFactory(administrator=True), UserFactory(name="Ana Petit")
    change_person(
        user_id=person.pk,
        name="Ana Petit",
        phone="",
        language="en",
        roles=["is_courier"],
        is_active=True,
        seen=person.version,
    )
    record(Kind.REFUSED, user=person, rule="accounts:person-list")

    html = client_for(administrator).get(reverse("audit:doors"), headers=ENGLISH).text

    assert "Roles changed" in html
    assert "none → courier" in html
    assert "People and businesses · wanted to look" in html
    assert "accounts:person-list" not in html
    assert html.count("Ana Petit") >= 2
    only = client_for(administrator).get(reverse("audit:doors"), {"kind": "roles_changed"})
    assert "wanted to look" not in only.text


@pytest.mark.parametrize("view_name", ["audit:trail", "audit:doors"])
@pytest.mark.parametrize("role", ["dispatcher", "courier"])
def test_the_whole_trail_is_the_administrators_alone(client_for, view_name, role):
    assert client_for(UserFactory(**{role: True})).get(reverse(view_name)).status_code == 404


def test_every_recorded_table_and_column_has_words():
    wordless = [
        f"{table}.{field.name}"
        for table, how in tracked_tables().items()
        for field in how.model._meta.concrete_fields
        if not field.primary_key
        and field.name not in how.ignored
        and column_label(field) is None
        and field.name not in LEFT_OUT
    ]
    assert wordless == []
    assert set(tracked_tables()) == set(KINDS)


def test_every_story_is_about_recorded_tables():
    for scope in SCOPES.values():
        assert {scope.table, *scope.parts} <= set(tracked_tables())


def test_lists_and_codes_have_words():
    """A recorded column that holds a list or a dictionary says how people say it."""
    unsaid = [
        f"{table}.{field.column}"
        for table, how in tracked_tables().items()
        for field in how.model._meta.concrete_fields
        if isinstance(field, JSONField)
        and field.name not in how.ignored
        and sayer_of(table, field.column) is None
    ]
    assert unsaid == []


def test_every_room_and_every_limit_has_a_name():
    rooms = {name.partition(":")[0] for name in RULES if ":" in name}
    assert rooms - {"second-step"} <= set(PLACES)
    assert set(TRIES) == set(ALLOWANCES)


def test_a_rule_its_dates_and_its_goods_are_told_as_people_say_them(client_for):
    kitchen = make_kitchen()
    order = kitchen.standing_order(producer_notes={str(kitchen.apples.producer_id): "Code 40B17"})
    Override.objects.create(
        standing_order=order,
        original_start="2026-12-01T06:30:00",
        action="change",
        lines=[[kitchen.tomatoes.pk, "9"]],
        decided_at=timezone.now(),
    )

    boss = client_for(UserFactory(administrator=True))
    html = boss.get(story("standing-order", order.pk), headers=ENGLISH).text

    assert "2 deliveries a week, on Tuesday and Friday" in html
    assert "FREQ=" not in html
    assert "40B17" not in html
    assert "9 × Tomatoes" in html


def test_the_days_of_a_business_and_the_roles_of_an_invitation_are_words():
    say = {
        column: sayer_of("x", column).say for column in ("opening_weekdays", "roles", "language")
    }

    with translation.override("en"):
        assert say["opening_weekdays"]([1, 7], None) == "Mon, Sun"
        assert say["roles"](["is_courier", "is_dispatcher"], None) == "courier, dispatcher"
        assert say["language"]("fr", None) == "French"
