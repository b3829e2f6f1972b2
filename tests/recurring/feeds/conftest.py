"""Feeds of the kitchen, and a second library that reads them back."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

import icalendar
import pytest
import recurring_ical_events

from recurring.calendars import terms_of, work_calendar
from recurring.feeds import selectors, services
from recurring.feeds.agenda import agenda
from recurring.feeds.models import CalendarFeed
from recurring.feeds.writing import write_calendar
from recurring.models import StandingOrder
from recurring.schedule import schedule
from tests.recurring.conftest import NOW


@pytest.fixture
def feed(kitchen):
    """What Chez Odile gets, with its secret."""
    return opened(kitchen.restaurant, kitchen.odile)


def opened(business, person, content="receives", at=NOW):
    made, secret = services.open_feed(
        business=business,
        content=content,
        name="Kitchen’s phone",
        actor=person,
        at=at,
        action_id=uuid.uuid4(),
    )
    made.secret = secret
    return made


@pytest.fixture
def written(alpha) -> Callable[..., bytes]:
    """The file of a feed at a moment."""

    def write(feed: CalendarFeed, at: datetime = NOW) -> bytes:
        return write_calendar(
            "Chez Odile",
            agenda(feed, cooperative=alpha, at=at),
            zone=alpha.zone,
            days=selectors.days_covered(at, alpha.zone),
            language="en",
        )

    return write


def read_back(body: bytes, first: date, after: date) -> list[tuple[datetime, datetime]]:
    """Instants of all events in `[first, after)`, expanded by code that is not ours."""
    calendar = icalendar.Calendar.from_ical(body)
    events = recurring_ical_events.of(calendar).between(first, after)
    return sorted((utc(event.start), utc(event.end)) for event in events)


def utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def planned(order: StandingOrder, cooperative, first: date, last: date):
    """What the schedule says comes, both days included."""
    order = StandingOrder.objects.get(pk=order.pk)
    calendar = work_calendar(cooperative, date(first.year - 1, 1, 1), date(last.year + 1, 12, 31))
    return [p for p in schedule(terms_of(order), calendar, first, last) if not p.is_skipped]
