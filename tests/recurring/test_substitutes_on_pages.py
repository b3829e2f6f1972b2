"""What comes instead: chosen in the editor, read on the order, taken along in a table."""

import csv
import os
from decimal import Decimal
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderLine
from orders.ordering.changing import change_order
from orders.ordering.drafts import LineDraft, OrderDraft
from recurring.importing import selectors
from recurring.models import RuleLine, StandingOrder
from recurring.services import RuleLineDraft
from tests.factories import ProductFactory
from tests.look.browser import faults, sticks_out
from tests.recurring.editing import TOMORROW, fields, same, url
from tests.recurring.importing.test_tables import GOOD, read
from tests.recurring.test_pages_in_browser import opened

SHOTS = os.environ.get("LOOK_SHOTS")


@pytest.fixture
def leeks(kitchen):
    return ProductFactory(producer=kitchen.tomatoes.producer, name="Leeks", price_minor=310)


@pytest.fixture
def short(kitchen, leeks):
    """A standing order of twelve tomatoes or leeks, where there are eight tomatoes a day."""
    kitchen.tomatoes.daily_quantity = 8
    kitchen.tomatoes.save()
    line = RuleLineDraft(kitchen.tomatoes.pk, Decimal(12), substitute_id=leeks.pk)
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TOMORROW.date(),
        holiday_policy="keep",
        lines=(line,),
    )


def field(product):
    return f"substitute-{product.pk}"


def test_the_editor_offers_what_the_producer_sells_alike(kitchen, odile, leeks):
    ProductFactory(producer=kitchen.tomatoes.producer, name="Eggs", unit="piece")
    text = odile.get(url("rule-create")).content.decode()
    select = text.split(f'name="{field(kitchen.tomatoes)}"')[1].split("</select>")[0]
    assert [name in select for name in ("Leeks", "Tomatoes", "Eggs", "Apples")] == [
        True,
        False,
        False,
        False,
    ]
    assert f'name="{field(kitchen.apples)}"' not in text  # alone of its producer


def test_what_is_chosen_is_saved_and_shown_again(kitchen, odile, leeks):
    odile.post(url("rule-create"), fields(kitchen, **{field(kitchen.tomatoes): leeks.pk}))
    order = StandingOrder.objects.get()
    assert RuleLine.objects.get().substitute == leeks
    text = odile.get(url("rule-detail", order.pk)).content.decode()
    assert f'<option value="{leeks.pk}" selected>' in text


def test_what_may_not_stand_in_is_not_taken(kitchen, odile, leeks):
    sent = fields(kitchen, **{field(kitchen.tomatoes): kitchen.apples.pk})
    assert odile.post(url("rule-create"), sent).status_code == 422
    assert not StandingOrder.objects.exists()


def test_a_changed_substitute_is_named_before_it_is_saved_and_in_the_history(
    kitchen, odile, daily, leeks
):
    sent = same(kitchen, version=1, **{field(kitchen.tomatoes): leeks.pk})
    question = odile.post(url("rule-edit", daily.pk), sent).content.decode()
    assert "Instead of Tomatoes: – → Leeks" in question
    odile.post(url("rule-edit", daily.pk), sent | {"scope": "all"})
    assert daily.versions.last().lines.get(product=kitchen.tomatoes).substitute == leeks
    assert (
        "Instead of Tomatoes: – → Leeks" in odile.get(url("rule-detail", daily.pk)).content.decode()
    )


def test_the_order_says_what_comes_instead_of_what(odile, short):
    made = short.occurrences.filter(state="generated").order_by("starts_at")[5]
    page = odile.get(reverse("ordering:order-detail", args=[made.order_id])).content.decode()
    assert "instead of Tomatoes" in page


def test_a_hand_that_changes_the_order_leaves_said_what_it_came_instead_of(kitchen, short):
    made = short.occurrences.filter(state="generated").order_by("starts_at")[5].order
    products = {line.name: line.product_id for line in OrderLine.objects.filter(part__order=made)}
    draft = OrderDraft(
        buyer_id=made.buyer_id,
        kind=made.kind,
        after=made.after,
        before=made.before,
        lines=(LineDraft(products["Leeks"], Decimal(2)),),
    )
    known = {"order_id": made.pk, "version": made.version}
    change_order(draft, **known, actor=kitchen.odile, at=timezone.now())
    line = OrderLine.objects.get(part__order=made)
    assert (line.quantity, line.instead_of) == (2, "Tomatoes")


def test_a_table_takes_substitutes_along(kitchen, alpha, odile, short):
    content = odile.get(reverse("importing:export")).content.decode()
    [row] = csv.DictReader(StringIO(content.removeprefix("\ufeff")))
    farm = "Ferme des Trois Ormes"
    assert row["substitutes"] == f"Tomatoes @ {farm} > Leeks @ {farm}"
    [again] = read(selectors.known_to(kitchen.odile, alpha), row)
    assert again.problems == ()
    [line], saved = again.draft.lines, short.versions.get().lines.get()
    assert (line.product_id, line.substitute_id) == (saved.product_id, saved.substitute_id)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Tomatoes", "Write substitutes as"),
        ("Tomatoes > Leeks > Leeks", "Write substitutes as"),
        ("Tomatoes > Chard", "“Chard” is not offered."),
        ("Tomatoes > Apples", "Instead of Tomatoes choose another product"),
        ("Leeks > Tomatoes", "Say only of the goods of this row"),
    ],
)
def test_a_substitute_that_cannot_be_used_is_said_with_its_column(
    kitchen, alpha, leeks, text, sentence
):
    [row] = read(selectors.known_to(kitchen.odile, alpha), {**GOOD, "substitutes": text})
    assert [problem.column for problem in row.problems] == ["substitutes"]
    assert row.problems[0].sentence.startswith(sentence)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_editor_and_order_fit_and_are_accessible(
    chromium, kitchen, client_for, short, width, language
):
    kitchen.odile.language = language
    kitchen.odile.save()
    browser = client_for(kitchen.odile)
    made = short.occurrences.filter(state="generated").order_by("starts_at")[5]
    paths = {
        "editor": f"/standing-orders/{short.pk}/",
        "order": reverse("ordering:order-detail", args=[made.order_id]),
    }
    for name, path in paths.items():
        page = opened(chromium, browser, path, width, language)
        assert sticks_out(page) <= 0, path
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{language}-{width}.png", full_page=True)
        assert faults(page) == [], path
        page.context.close()
