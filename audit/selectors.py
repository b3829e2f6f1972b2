"""Pages of the trail, by keyset: the next page begins below the last entry, however long it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.door_words import words_of
from audit.models import Event, SecurityEvent

ROWS = 40


@dataclass(frozen=True, slots=True)
class Page[EventT]:
    """Some entries, newest first, and where the older ones begin."""

    entries: list[EventT]
    older: int | None


def page_below[EventT: (Event, SecurityEvent)](
    events: QuerySet[EventT], before: str | None
) -> Page[EventT]:
    """The entries below the number `before`, or the newest."""
    if before and before.isdecimal() and len(before) < 19:
        events = events.filter(pk__lt=int(before))
    found = list(events.order_by("-pk")[: ROWS + 1])
    return Page(found[:ROWS], found[ROWS - 1].pk if len(found) > ROWS else None)


def search_events(asked: Mapping[str, Any]) -> QuerySet[Event]:
    """Changes by person, kind of row, local day and request."""
    events = Event.objects.filter(_common(asked))
    if person := asked.get("person"):
        events = events.filter(actor_id=person.pk)
    return events


def search_doors(asked: Mapping[str, Any]) -> QuerySet[SecurityEvent]:
    """Security events by person (who did it, or whose account it was about), kind, day, request."""
    events = SecurityEvent.objects.filter(_common(asked))
    if person := asked.get("person"):
        events = events.filter(Q(user_id=person.pk) | Q(about_id=person.pk))
    return events


def _common(asked: Mapping[str, Any]) -> Q:
    found = Q()
    if kind := asked.get("kind"):
        found &= Q(kind=kind)
    if request := asked.get("request"):
        found &= Q(request_id=request)
    if day := asked.get("day"):
        begins = timezone.make_aware(datetime.combine(day, time.min))
        ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
        found &= Q(at__gte=begins, at__lt=ends)
    return found


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One security event as the page draws it."""

    event: SecurityEvent
    who: str
    about: str
    words: list[str]


def tell_doors(events: list[SecurityEvent]) -> list[DoorLine]:
    """These events with the names of their people, by one query."""
    numbers = {number for event in events for number in (event.user_id, event.about_id) if number}
    names = dict(get_user_model().objects.filter(pk__in=numbers).values_list("pk", "name"))
    return [
        DoorLine(
            event,
            who=names.get(event.user_id, "") if event.user_id else _visitor(event),
            about=names.get(event.about_id, "")
            if event.about_id and event.about_id != event.user_id
            else "",
            words=words_of(event),
        )
        for event in events
    ]


def _visitor(event: SecurityEvent) -> str:
    """The federation's staff, who have no number among the co-op's people."""
    name = event.details.get("federation", "")
    return _("Federation: %(name)s") % {"name": name} if name else ""
