"""A co-op with ten thousand standing orders: made batch after batch, each at the same cost."""

import uuid
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from django.db import connection

from orders.models import Order
from recurring import generation
from recurring.generation import MOST_AT_ONCE, generate
from recurring.models import RuleLine, RuleVersion, RuleWindow, StandingOrder
from tests.recurring.conftest import NOW
from tests.recurring.editing import url

TUESDAY = date(2026, 11, 24)
MANY = 10_000
BATCHES = MANY // MOST_AT_ONCE


class Watch:
    """Counts statements, and weighs the process at the end of each batch."""

    def __init__(self) -> None:
        self.statements, self.total = [], 0
        self.megabytes = []

    def __call__(self, execute, *args):
        self.total += 1
        return execute(*args)

    def reach(self, place: str) -> None:
        if place == "batch committed":
            self.statements.append(self.total)
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self.megabytes.append(pages * 4096 / 1e6)

    @property
    def of_each_batch(self) -> set[int]:
        """But the first, which begins with the run."""
        return {later - sooner for sooner, later in pairwise(self.statements)}


def multiply(order: StandingOrder, count: int) -> None:
    """So many more standing orders like this one, that nothing was made of yet."""
    version = order.versions.get()
    orders = StandingOrder.objects.bulk_create(
        StandingOrder(**like(order, name=f"No. {n}", action_id=uuid.uuid4())) for n in range(count)
    )
    versions = RuleVersion.objects.bulk_create(
        RuleVersion(**like(version, standing_order_id=each.pk)) for each in orders
    )
    for model, row in ((RuleWindow, version.windows.get()), (RuleLine, version.lines.get())):
        model.objects.bulk_create(model(**like(row, version_id=each.pk)) for each in versions)


def like(row, **changes):
    """The values of a new row."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {**values, **changes, "id": None}


def test_each_batch_takes_the_same_statements_and_no_more_memory(
    alpha, kitchen, client_for, monkeypatch, django_assert_max_num_queries
):
    office = client_for(kitchen.office)
    first = kitchen.standing_order(weekdays=[2], lines=[(kitchen.apples.pk, Decimal(1))])
    with django_assert_max_num_queries(60) as page_of_one:
        office.get(url("rule-list"))
    multiply(first, MANY)
    watch = Watch()
    monkeypatch.setattr(generation, "reach", watch.reach)

    with connection.execute_wrapper(watch):
        run = generate(alpha, at=NOW, through=TUESDAY)

    assert (run.generated, run.failed) == (MANY, 0)
    assert Order.objects.filter(day=TUESDAY).count() == MANY + 1
    assert len(watch.statements) == BATCHES + 1  # the first standing order has its dates already
    assert len(watch.of_each_batch) == 1, watch.of_each_batch
    assert watch.megabytes[-1] < watch.megabytes[9] + 10
    with django_assert_max_num_queries(len(page_of_one)):
        office.get(url("rule-list"))
