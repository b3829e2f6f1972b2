"""Orders out of standing orders: exactly once for each date, whoever runs it and however often.

In one transaction the occurrence is written first, by its unique key, and an order is made only
for a row that was new. Killed anywhere, a run leaves whole dates or nothing, and the next run
goes on: what is to do, and what is to be told, is derived from the database.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from coopcycle.collecting import without_collecting
from coopcycle.db.bulk import reserve_ids
from coopcycle.failpoints import reach
from orders.models import PriceChanges
from orders.ordering.models import Order
from orders.ordering.reading import Market
from orders.ordering.services import place_orders
from recurring import alerts
from recurring.calendars import work_calendar
from recurring.couriers import hand_over
from recurring.digest import tell_news
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.planning import Candidate, candidates_of, questions_of, with_contents
from recurring.protocols import StandingOrderLike
from recurring.reading import lock_and_read
from recurring.reminders import remind, remind_undecided
from recurring.repricing import follow_prices
from recurring.schedule import SEARCH_DAYS, WorkCalendar
from recurring.sharing import share_out
from recurring.stock import served
from recurring.storage import is_database_away, known_verdicts, lock_generation, record
from tenants.models import Cooperative

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200  # standing orders in a transaction; an edit of one waits for it
State = Occurrence.State


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time one run looks at: what came due since the last, and all dates `through` a day.

    A window that has opened is made all the same while more than `late_lead` is left of it.
    """

    since: datetime
    at: datetime
    through: date
    late_lead: timedelta | None = None
    has_new_prices: bool = False  # made orders do not stand by them yet

    def candidates_of(self, order: StandingOrderLike, calendar: WorkCalendar) -> list[Candidate]:
        dates = candidates_of(
            order,
            calendar,
            since=self.since,
            at=self.at,
            through=self.through,
            late_lead=self.late_lead,
        )
        return dates + questions_of(order, calendar, after=self.through, at=self.at)


@dataclass(slots=True)
class Tally:
    """What a run did. `failures` are by standing order, in words."""

    generated: int = 0
    skipped: int = 0
    missed: int = 0
    failed: int = 0
    held: int = 0
    repriced: int = 0
    failures: list[alerts.Failure] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def generate(
    cooperative: Cooperative,
    *,
    at: datetime,
    through: date | None = None,
    only: Sequence[StandingOrder] | None = None,
) -> GenerationRun:
    """Make the orders of the co-op's standing orders, up to its horizon or `through` (included).

    `only` some of them, after they were made or changed. Runs inside the active co-op. A standing order that
    breaks is reported and does not stop the others. Safe to run at any time, also twice at once.
    """
    stretch = stretch_of(cooperative, at=at, through=through)
    run = GenerationRun.objects.create(
        started_at=at,
        through=stretch.through,
        is_whole=only is None,
        standing_order=only[0] if only and len(only) == 1 else None,
    )
    calendar = calendar_of(cooperative, stretch)
    tally = Tally()
    reach("run begun")
    for ids in batched(_due(only), MOST_AT_ONCE):
        tally.add(_generate_batch(ids, calendar, stretch))
    if run.is_whole:
        share_out(cooperative, at=at)
        if stretch.has_new_prices:
            repriced, broken = follow_prices(cooperative, at=at)
            tally.add(Tally(repriced=repriced, failed=len(broken), failures=broken))
    tell_news(cooperative)
    reach("news told")
    if run.is_whole:
        remind(cooperative, since=stretch.since, at=at)
        remind_undecided(cooperative, since=stretch.since, at=at)
        reach("reminders written")
    _tell_office(cooperative, stretch, tally, is_whole=run.is_whole)
    reach("office told")
    _finish(run, tally)
    reach("run finished")
    return run


def stretch_of(cooperative: Cooperative, *, at: datetime, through: date | None = None) -> Stretch:
    """From the watermark to the horizon, or to the day `through`."""
    today = at.astimezone(cooperative.zone).date()
    horizon = today + timedelta(days=cooperative.generation_horizon_days)
    makes_late = cooperative.missed_dates == Cooperative.MissedDates.MAKE
    late_lead = timedelta(minutes=cooperative.lead_minutes) if makes_late else None
    since, has_new_prices = _watermark(at)
    return Stretch(since, at, through or horizon, late_lead, has_new_prices)


def calendar_of(cooperative: Cooperative, stretch: Stretch) -> WorkCalendar:
    """The co-op's working days, as far as a holiday or a hand may shift a date of the stretch."""
    reach_days = timedelta(days=2 * SEARCH_DAYS)
    first = stretch.since.astimezone(cooperative.zone).date()
    return work_calendar(cooperative, first - reach_days, stretch.through + reach_days)


def _due(only: Sequence[StandingOrder] | None) -> list[int]:
    active = StandingOrder.objects.going_on()
    if only is not None:
        active = active.filter(pk__among=[order.pk for order in only])
    return list(active.order_by("pk").values_list("pk", flat=True))


def _watermark(at: datetime) -> tuple[datetime, bool]:
    """The last whole run that came to its end, and whether prices were changed that none followed.

    Dates since then that are past are `missed`.
    """
    last = (
        GenerationRun.objects.whole()
        .filter(finished_at__isnull=False, started_at__lte=at)
        .order_by("-started_at")
        .values_list("started_at", Exists(PriceChanges.objects.unfollowed()))
        .first()
    )
    return last or (at, True)


def _generate_batch(ids: Sequence[int], calendar: WorkCalendar, stretch: Stretch) -> Tally:
    """All at once; when something breaks, one by one, so that only what is broken stays behind."""
    try:
        with without_collecting(), transaction.atomic():
            tally = _generate(ids, calendar, stretch)
            reach("batch before commit")
        reach("batch committed")
        return tally
    except Exception as error:
        if is_database_away(error):
            raise  # nothing was done, the next run does it
        if len(ids) == 1:
            logger.exception("Standing order %s could not be generated", ids[0])
            return _record_failure(ids[0], calendar, stretch, error)
        logger.warning("A batch failed, so its standing orders run one by one: %s", error)
    tally = Tally()
    for pk in ids:
        tally.add(_generate_batch([pk], calendar, stretch))
    return tally


def _generate(ids: Sequence[int], calendar: WorkCalendar, stretch: Stretch) -> Tally:
    lock_generation()
    orders = lock_and_read(ids)
    reach("batch read")
    planned = served(news_of(orders, calendar, stretch), at=stretch.at)
    news = {each.key: each for each in planned}
    reach("batch planned")
    to_make = [key for key, each in news.items() if each.state == State.GENERATED]
    order_ids = dict(zip(to_make, reserve_ids(Order, len(to_make)), strict=True))
    rows = [each.row(order_ids.get(key)) for key, each in news.items()]
    written = record(rows, at=stretch.at)
    reach("occurrences written")
    made = {order_ids[key]: news[key] for key in to_make if key in written}
    place_orders(
        [each.draft() for each in made.values()],
        actor=None,
        at=stretch.at,
        order_ids=list(made),
        market=Market(
            buyers={each.order.buyer_id: each.order.buyer for each in made.values()},
            products={w.product.pk: w.product for each in made.values() for w in each.wishes},
        ),
    )
    hand_over({order_id: each.order for order_id, each in made.items()}, at=stretch.at)
    states = [news[key].state for key in written]
    return Tally(
        generated=states.count(State.GENERATED),
        skipped=states.count(State.SKIPPED),
        missed=states.count(State.MISSED),
        held=states.count(State.HELD),
    )


def news_of(
    orders: Sequence[StandingOrderLike], calendar: WorkCalendar, stretch: Stretch
) -> list[Candidate]:
    """Dates of these standing orders of which something else is known than stands written."""
    dates = [each for order in orders for each in stretch.candidates_of(order, calendar)]
    wanted = {each.key: each for each in dates}
    known = known_verdicts(wanted)
    news = []
    for key, each in wanted.items():
        before = known.get(key)
        found = each.after(before) if before else each
        if before is None or found.row().differs_from(before):
            news.append(found)
    return news


def _record_failure(pk: int, calendar: WorkCalendar, stretch: Stretch, error: Exception) -> Tally:
    """Leave a `failed` row for each date that was to be made; the next run tries it again."""
    words = f"{type(error).__name__}: {error}"
    with transaction.atomic():
        order = with_contents(StandingOrder.objects.filter(pk=pk)).get()
        failure = alerts.Failure(pk, order.version, order.name, order.buyer.name, words)
        try:
            news = news_of([order], calendar, stretch)
        except Exception:  # noqa: BLE001 - the rule itself is broken: there are no dates to name
            return Tally(failed=1, failures=[failure])
        rows = [
            candidate.row()._replace(state=State.FAILED, reason=words, left_out=())
            for candidate in news
            if candidate.state == State.GENERATED
        ]
        record(rows, at=stretch.at)
    return Tally(failed=len(rows), failures=[failure])


def _tell_office(
    cooperative: Cooperative, stretch: Stretch, tally: Tally, *, is_whole: bool
) -> None:
    """What a person has to know; each event once."""
    if is_whole and stretch.since < stretch.at - alerts.LATE_AFTER:
        alerts.tell_late(cooperative, since=stretch.since, until=stretch.at)
    if tally.failures:
        alerts.tell_failures(cooperative, tally.failures)


def _finish(run: GenerationRun, tally: Tally) -> None:
    run.generated, run.skipped = tally.generated, tally.skipped
    run.missed, run.failed, run.held = tally.missed, tally.failed, tally.held
    run.repriced = tally.repriced
    run.error = "; ".join(f"{each.name}: {each.words}" for each in tally.failures)[:300]
    run.finished_at = timezone.now()
    run.save()
    if run.is_idle:
        _forget_idle_runs(before=run.started_at - timedelta(days=1))


def _forget_idle_runs(*, before: datetime) -> None:
    """Beat comes every few minutes: what found nothing to do is kept for a day."""
    GenerationRun.objects.filter(
        started_at__lt=before, generated=0, skipped=0, missed=0, failed=0, held=0, repriced=0
    ).delete()
