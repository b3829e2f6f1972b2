"""Single dates by hand: skipped, moved, changed, added, and back to the rule."""

from datetime import timedelta

import pytest

from recurring.models import Override
from tests.factories import ProducerTermsFactory, ProductFactory
from tests.recurring.editing import TOMORROW, url


def test_a_date_is_skipped_and_comes_back(odile, daily):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    panel = odile.get(url("date-detail", daily.pk, row.original_start))
    assert "To change before" in panel.content.decode()
    odile.post(url("date-skip", daily.pk, row.original_start), {"version": 1})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("cancelled", "cancelled")
    odile.post(url("date-restore", daily.pk, row.original_start), {"version": 2})
    row.refresh_from_db()
    assert (row.state, row.order.state) == ("generated", "new")
    assert not Override.objects.exists()


def test_a_date_is_moved_and_changed_by_hand(kitchen, odile, daily):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    day = row.original_start[:10]
    sent = {"version": 1, "day": day, "opens": "09:00", "closes": "10:00"}
    assert odile.post(url("date-move", daily.pk, row.original_start), sent).status_code == 302
    amounts = {f"amount-{kitchen.tomatoes.pk}": "3", f"amount-{kitchen.apples.pk}": "0"}
    sent = {"version": 2, "note": "Back door", **amounts}
    assert odile.post(url("date-change", daily.pk, row.original_start), sent).status_code == 302
    override = Override.objects.get()
    assert (override.new_start, override.minutes) == (f"{day}T09:00:00", 60)
    assert (override.lines, override.note) == ([[kitchen.tomatoes.pk, "3"]], "Back door")
    page = odile.get(url("rule-detail", daily.pk), {"date": row.original_start}).content.decode()
    assert "Decided by Odile Morel" in page


@pytest.mark.parametrize(
    ("act", "sent", "sentence"),
    [
        ("date-move", {"day": "", "opens": "09:00", "closes": "10:00"}, "This is still missing."),
        ("date-move", {"day": "2020-01-01", "opens": "09:00", "closes": "10:00"}, "to come"),
        ("date-move", {"day": "2030-01-01", "opens": "09:00", "closes": "09:05"}, "quarter"),
        ("date-change", {"note": ""}, "Nothing would be left to deliver."),
    ],
)
def test_a_wrong_change_of_a_date_is_said(odile, daily, act, sent, sentence):
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    response = odile.post(url(act, daily.pk, row.original_start), {"version": 1, **sent})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Override.objects.exists()


def test_something_else_comes_on_one_date_only(kitchen, odile, daily):
    chard = ProductFactory(producer=kitchen.tomatoes.producer, name="Chard")
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    panel = odile.get(url("date-detail", daily.pk, row.original_start)).content.decode()
    assert "Something else, on this date only" in panel
    amounts = {kitchen.tomatoes.pk: "12", kitchen.apples.pk: "2", chard.pk: "4"}
    sent = {"version": 1, "note": "", **{f"amount-{pk}": amount for pk, amount in amounts.items()}}
    assert odile.post(url("date-change", daily.pk, row.original_start), sent).status_code == 302
    row.refresh_from_db()
    lines = {
        line.name: line.quantity for part in row.order.parts.all() for line in part.lines.all()
    }
    assert lines == {"Tomatoes": 12, "Apples": 2, "Chard": 4}
    page = odile.get(url("rule-detail", daily.pk)).content.decode()
    assert "also 4 kg Chard" in page
    others = daily.occurrences.filter(state="generated").exclude(pk=row.pk)
    assert not others.filter(order__parts__lines__product=chard).exists()


def test_half_a_kilo_stands_in_the_inputs_in_every_language(kitchen, odile, daily):
    """A number input that says "2,5" is empty for a browser, and saving would drop the line."""
    kitchen.odile.language = "fr"
    kitchen.odile.save()
    daily.versions.get().lines.filter(product=kitchen.tomatoes).update(quantity="2.5")
    daily.versions.get().lines.filter(product=kitchen.apples).update(quantity="10")
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    editor = odile.get(url("rule-detail", daily.pk)).content.decode()
    panel = odile.get(url("date-detail", daily.pk, row.original_start)).content.decode()
    for page, name in ((editor, "quantity"), (panel, "amount")):
        assert f'name="{name}-{kitchen.tomatoes.pk}"' in page
        assert 'value="2.5"' in page
        assert 'value="10"' in page
        assert 'value="2,5"' not in page


def test_something_else_that_cannot_come_is_refused_and_named(kitchen, odile, daily):
    """The rest of the date stays as it was: nothing is left out in silence."""
    bread = ProductFactory(name="Bread")
    ProducerTermsFactory(producer=bread.producer, days_off=[1, 2, 3, 4, 5, 6, 7])
    row = daily.occurrences.filter(state="generated").order_by("starts_at")[5]
    amounts = {kitchen.tomatoes.pk: "12", kitchen.apples.pk: "2", bread.pk: "4"}
    sent = {"version": 1, "note": "", **{f"amount-{pk}": amount for pk, amount in amounts.items()}}
    response = odile.post(url("date-change", daily.pk, row.original_start), sent)
    assert response.status_code == 422
    assert "Bread (the producer does not work on this day)" in response.content.decode()
    assert not Override.objects.exists()


def test_a_date_is_added_by_hand(odile, daily):
    day = TOMORROW.date() + timedelta(days=4)
    sent = {"version": 1, "added_day": day, "added_opens": "15:00"}
    assert odile.post(url("date-add", daily.pk), sent).status_code == 302
    assert daily.occurrences.get(original_start=f"{day}T15:00:00").state == "generated"
    again = odile.post(url("date-add", daily.pk), {**sent, "version": 2})
    assert again.status_code == 409
    assert "a delivery at this time already" in again.content.decode()


def test_an_address_that_is_no_date_is_not_found(odile, daily):
    assert odile.post(url("date-skip", daily.pk, "soon"), {"version": 1}).status_code == 404
    assert odile.get(url("date-detail", daily.pk, "2020-01-01T06:30:00")).status_code == 404
