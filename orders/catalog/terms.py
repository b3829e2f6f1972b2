"""Until when a producer's goods of a day can be ordered."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from accounts.models import Business
from orders.catalog.models import ProducerTerms
from orders.protocols import BusinessLike, ClosureLike, TermsLike

USUAL = ProducerTerms()  # of those who never set any


def terms_of(producer: BusinessLike) -> TermsLike:
    """The producer's own terms, or the usual ones when they never set any."""
    terms: TermsLike | None = getattr(producer, "terms", None)
    return terms or USUAL


def terms_to_edit(producer: Business) -> ProducerTerms:
    """The row that holds them, a new one when they never set any."""
    terms: ProducerTerms | None = getattr(producer, "terms", None)
    return terms or ProducerTerms(producer=producer)


def closure_on(producer: BusinessLike, day: date) -> ClosureLike | None:
    """The closure that keeps the producer from giving anything on `day`. Reads prefetched ones."""
    return next((closure for closure in producer.closures.all() if closure.covers(day)), None)


def cutoff(terms: TermsLike, day: date, zone: ZoneInfo) -> datetime:
    """The instant after which orders for `day` are closed: a wall-clock time in `zone`."""
    return _instant(day - timedelta(days=terms.cutoff_days_before), terms.cutoff_time, zone)


@lru_cache(maxsize=1024)  # the same few for all lines of a day
def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def earliest_cutoff(
    producers: Iterable[BusinessLike], day: date, zone: ZoneInfo
) -> datetime | None:
    """When the first of `producers` closes its list; None without producers."""
    return min((cutoff(terms_of(producer), day, zone) for producer in producers), default=None)
