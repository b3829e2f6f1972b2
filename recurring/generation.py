"""Orders out of standing orders: exactly once for each date, whoever runs it and however often.

In one transaction the occurrence is written first, by its unique key, and an order is made only
for a row that was new. Killed anywhere, a run leaves whole dates or nothing, and the next run
goes on: what is to do is derived from the database.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from itertools import batched

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from orders.ordering.services import place_orders
from recurring.calendars import work_calendar
from recurring.digest import write_digests
from recurring.models import GenerationRun, Occurrence, StandingOrder
from recurring.planning import Candidate, candidates_of, with_contents
from recurring.schedule import SEARCH_DAYS, WorkCalendar
from recurring.storage import OccurrenceRow, link, lock_generation, record
from tenants.models import Cooperative

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200  # standing orders in a transaction; an edit of one waits for it
State = Occurrence.State


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time one run looks at: what came due since the last, and all dates `through` a day."""

    since: datetime
    at: datetime
    through: date


@dataclass(slots=True)
class Tally:
    """What a run did."""

    generated: int = 0
    skipped: int = 0
    missed: int = 0
    failed: int = 0
    errors: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


def generate(
    cooperative: Cooperative,
    *,
    at: datetime,
    through: date | None = None,
    only: StandingOrder | None = None,
) -> GenerationRun:
    """Make the orders of the co-op's standing orders, up to its horizon or `through` (included).

    `only` one of them after it was changed. Runs inside the active co-op. A standing order that
    breaks is reported and does not stop the others. Safe to run at any time, also twice at once.
    """
    today = at.astimezone(cooperative.zone).date()
    through = through or today + timedelta(days=cooperative.generation_horizon_days)
    stretch = Stretch(_last_run_before(at), at, through)
    run = GenerationRun.objects.create(started_at=at, through=through, standing_order=only)
    calendar = work_calendar(
        cooperative,
        today - timedelta(days=2 * SEARCH_DAYS),
        through + timedelta(days=2 * SEARCH_DAYS),
    )
    tally = Tally()
    for ids in batched(_due(only), MOST_AT_ONCE):
        tally.add(_generate_batch(ids, calendar, stretch, run))
    _finish(run, tally)
    return run


def _due(only: StandingOrder | None) -> list[int]:
    active = StandingOrder.objects.filter(state=StandingOrder.State.ACTIVE)
    if only is not None:
        active = active.filter(pk=only.pk)
    return list(active.order_by("buyer_id", "pk").values_list("pk", flat=True))


def _last_run_before(at: datetime) -> datetime:
    """The watermark. After an outage the dates since then are `missed`, and said to be."""
    last = (
        GenerationRun.objects.filter(
            standing_order=None, finished_at__isnull=False, started_at__lte=at
        )
        .order_by("-started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    return last or at


def _generate_batch(
    ids: Sequence[int], calendar: WorkCalendar, stretch: Stretch, run: GenerationRun
) -> Tally:
    """All at once; when something breaks, one by one, so that only what is broken stays behind."""
    try:
        with transaction.atomic():
            return _generate(ids, calendar, stretch, run)
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing was done, the next run does it
    except Exception as error:
        if len(ids) == 1:
            logger.exception("Standing order %s could not be generated", ids[0])
            return _record_failure(ids[0], calendar, stretch, error)
        logger.warning("A batch failed, so its standing orders run one by one: %s", error)
    tally = Tally()
    for pk in ids:
        tally.add(_generate_batch([pk], calendar, stretch, run))
    return tally


def _generate(
    ids: Sequence[int], calendar: WorkCalendar, stretch: Stretch, run: GenerationRun
) -> Tally:
    lock_generation()
    # The lock on the rows: an edit waits, and then generates again with what it changed.
    locked = StandingOrder.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    orders = list(with_contents(locked.order_by("pk")))
    wanted = [
        candidate
        for order in orders
        for candidate in candidates_of(
            order, calendar, since=stretch.since, at=stretch.at, through=stretch.through
        )
    ]
    written = record([candidate.row for candidate in wanted], at=stretch.at)
    fresh = [candidate for candidate in wanted if candidate.row.key in written]
    _place([c for c in fresh if c.state == State.CLAIMED], written, stretch.at)
    write_digests(fresh, run_id=run.pk)
    states = [candidate.state for candidate in fresh]
    return Tally(
        generated=states.count(State.CLAIMED),
        skipped=states.count(State.SKIPPED),
        missed=states.count(State.MISSED),
    )


def _place(
    candidates: Sequence[Candidate], written: dict[tuple[int, str], int], at: datetime
) -> None:
    made = place_orders([candidate.draft() for candidate in candidates], actor=None, at=at)
    link(
        [
            (written[candidate.row.key], order_id, candidate.left_out)
            for candidate, order_id in zip(candidates, made, strict=True)
        ]
    )


def _record_failure(pk: int, calendar: WorkCalendar, stretch: Stretch, error: Exception) -> Tally:
    """Leave a `failed` row for each date that was to be made; the next run tries it again."""
    words = f"{type(error).__name__}: {error}"
    with transaction.atomic():
        order = with_contents(StandingOrder.objects.filter(pk=pk)).get()
        try:
            wanted = candidates_of(
                order, calendar, since=stretch.since, at=stretch.at, through=stretch.through
            )
        except Exception:  # noqa: BLE001 - the rule itself is broken: there are no dates to name
            return Tally(failed=1, errors=[f"{order.name}: {words}"])
        rows = [
            _failed(candidate, words) for candidate in wanted if candidate.state == State.CLAIMED
        ]
        record(rows, at=stretch.at)
    return Tally(failed=len(rows), errors=[f"{order.name}: {words}"])


def _failed(candidate: Candidate, words: str) -> OccurrenceRow:
    row = candidate.row
    return OccurrenceRow(
        standing_order_id=row.standing_order_id,
        original_start=row.original_start,
        starts_at=row.starts_at,
        version_id=row.version_id,
        state=State.FAILED,
        reason=words,
    )


def _finish(run: GenerationRun, tally: Tally) -> None:
    run.generated, run.skipped = tally.generated, tally.skipped
    run.missed, run.failed = tally.missed, tally.failed
    run.error = "; ".join(tally.errors)[:300]
    run.finished_at = timezone.now()
    run.save()
    # Beat comes every few minutes; runs that found nothing to do are kept for a day.
    GenerationRun.objects.filter(
        started_at__lt=run.started_at - timedelta(days=1),
        generated=0,
        skipped=0,
        missed=0,
        failed=0,
    ).delete()
