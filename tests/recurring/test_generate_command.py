"""manage.py generate_orders: what it prints, what it makes, and what it says when it can't."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from coopcycle.models import OutboxMessage
from orders.models import Order
from recurring.management.commands import generate_orders
from recurring.models import GenerationRun
from tests.recurring.conftest import NOW


@pytest.fixture(autouse=True)
def _a_monday(monkeypatch):
    monkeypatch.setattr(generate_orders, "database_now", lambda: NOW + timedelta(days=7))


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("generate_orders", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_each_date_is_printed_with_its_reason(kitchen):
    kitchen.apples.is_available = False
    kitchen.apples.save()
    kitchen.standing_order()
    lines = run("--cooperative", "alpha")
    said = "Chez Odile: Tomatoes and apples – As the rule says; without Apples (no longer offered)"
    assert lines == [
        "Alpha, until Mon 2026-12-14:",
        f"  generated Tue 2026-12-08 06:30  {said}",
        f"  generated Fri 2026-12-11 06:30  {said}",
        "  2 made, 0 skipped, 0 missed, 0 waiting, 0 failed",
    ]
    assert Order.objects.count() == 6


def test_a_rehearsal_prints_the_same_and_makes_nothing(kitchen):
    kitchen.standing_order()
    before = Order.objects.count(), OutboxMessage.objects.count(), GenerationRun.objects.count()
    lines = run("--cooperative", "alpha", "--until", "2026-12-08", "--dry-run")
    assert lines[1:] == [
        "  generated Tue 2026-12-08 06:30  Chez Odile: Tomatoes and apples – As the rule says",
        "  1 would be made, 0 skipped, 0 missed, 0 waiting, 0 failed",
    ]
    after = Order.objects.count(), OutboxMessage.objects.count(), GenerationRun.objects.count()
    assert after == before


def test_an_unknown_cooperative_is_told_with_those_there_are(kitchen):
    with pytest.raises(CommandError, match=r"called “gamma”\. There are: alpha, beta\."):
        run("--cooperative", "gamma")


@pytest.mark.parametrize(
    ("until", "sentence"),
    [
        ("2026-11-29", "2026-11-29 is past in Alpha; choose today or a later day."),
        ("2028-01-01", "2028-01-01 is more than a year away"),
    ],
)
def test_a_day_that_cannot_be_is_refused(kitchen, until, sentence):
    with pytest.raises(CommandError, match=sentence):
        run("--cooperative", "alpha", "--until", until)


def test_what_is_no_day_is_refused(kitchen):
    with pytest.raises(CommandError, match=r"“soon” is not a day; write it as 2026-12-31\."):
        run("--until", "soon")


def test_a_failure_ends_with_an_error(kitchen):
    kitchen.standing_order().versions.update(rrule="FREQ=HOURLY")
    with pytest.raises(CommandError, match="could not be made"):
        run("--cooperative", "alpha")
