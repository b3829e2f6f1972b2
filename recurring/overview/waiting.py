"""What waits for the office: one line each, with the way to where it is settled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Business, Invitation
from accounts.selectors import open_invitations
from coopcycle.dates import format_day
from coopcycle.words import filed
from dispatch.models import Incident, LateReport, Task
from orders.ordering.models import Order
from orders.ordering.services import OPEN_STATES
from recurring.models import Occurrence
from recurring.selectors import runs
from recurring.selectors.waiting import held

_NAMED = 3  # so many are named; the others are counted


@dataclass(frozen=True, slots=True)
class Waiting:
    title: str
    note: str
    icon: str
    url: str


def waiting(today: date, at: datetime) -> list[Waiting]:
    """What to settle, the most urgent first."""
    found = (
        _reports(),
        _incidents(),
        _unassigned(today),
        _unpriced(),
        _undecided(at),
        _unmade(at),
        _unplaced(),
        _invited(at),
    )
    return [line for lines in found for line in lines]


def _reports() -> Iterator[Waiting]:
    reports = LateReport.objects.filter(outcome=LateReport.Outcome.WAITS).select_related("task")
    shown = list(reports.order_by("happened_at")[: _NAMED + 1])
    if shown:
        number = reports.count()
        title = ngettext(
            "%(number)s late report of a courier to decide",
            "%(number)s late reports of couriers to decide",
            number,
        )
        names = [f"{one.task.place}, {one.get_hindrance_display()}" for one in shown]
        url = reverse("board:day", query={"day": shown[0].task.day.isoformat()})
        yield Waiting(title % {"number": number}, _named(names, number), "clock-alert", url)


def _incidents() -> Iterator[Waiting]:
    incidents = list(
        Incident.objects.filter(resolved_at=None)
        .select_related("task")
        .order_by("-created_at")[: _NAMED + 1]
    )
    if incidents:
        number = Incident.objects.filter(resolved_at=None).count()
        title = ngettext("%(number)s problem to settle", "%(number)s problems to settle", number)
        names = [f"{one.task.place}, {one.get_reason_display()}" for one in incidents]
        url = reverse("board:day", query={"day": incidents[0].task.day.isoformat()})
        yield Waiting(title % {"number": number}, _named(names, number), "triangle-alert", url)


def _unassigned(today: date) -> Iterator[Waiting]:
    stops = Task.objects.on(today).open().unassigned()
    if number := stops.count():
        title = ngettext(
            "%(number)s stop of today has no courier",
            "%(number)s stops of today have no courier",
            number,
        )
        names = list(dict.fromkeys(stops.values_list("place", flat=True)[: _NAMED + 1]))
        note = _named(names, max(number, len(names)))
        yield Waiting(title % {"number": number}, note, "circle-dashed", reverse("board:day"))


def _unpriced() -> Iterator[Waiting]:
    orders = Order.objects.filter(needs_price=True, state__in=OPEN_STATES).select_related("buyer")
    shown = list(orders.order_by("day", "pk")[: _NAMED + 1])
    if shown:
        number = orders.count()
        title = ngettext("%(number)s order needs a price", "%(number)s orders need a price", number)
        names = [f"{order.buyer.name}, {format_day(order.day)}" for order in shown]
        url = reverse("ordering:order-detail", args=[shown[0].pk])
        if number > 1:
            url = reverse("ordering:order-list", query={"state": "to-price"})
        yield Waiting(title % {"number": number}, _named(names, number), "receipt-euro", url)


def _unmade(at: datetime) -> Iterator[Waiting]:
    rows = runs.unmade(at, Occurrence.State.FAILED, Occurrence.State.MISSED)
    if rows:
        title = ngettext(
            "%(number)s date of a standing order was not made",
            "%(number)s dates of standing orders were not made",
            len(rows),
        )
        names = [f"{row.standing_order.name}, {format_day(row.starts_at)}" for row, _words in rows]
        url = reverse("recurring:generation")
        yield Waiting(title % {"number": len(rows)}, _named(names, len(rows)), "repeat", url)


def _undecided(at: datetime) -> Iterator[Waiting]:
    shown = list(held(at)[: _NAMED + 1])
    if shown:
        number = held(at).count()
        title = ngettext(
            "%(number)s date waits, for too little is left",
            "%(number)s dates wait, for too little is left",
            number,
        )
        names = [f"{row.standing_order.name}, {format_day(row.starts_at)}" for row in shown]
        url = reverse("recurring:waiting-list")
        yield Waiting(title % {"number": number}, _named(names, number), "hourglass", url)


def _unplaced() -> Iterator[Waiting]:
    businesses = Business.objects.active().filter(address__is_approximate=True)
    shown = list(businesses.order_by(filed("name"), "pk")[: _NAMED + 1])
    if shown:
        number = businesses.count()
        title = ngettext(
            "%(number)s address has no sure place on the map",
            "%(number)s addresses have no sure place on the map",
            number,
        )
        url = reverse("accounts:business-edit", args=[shown[0].pk])
        note = _named([business.name for business in shown], number)
        yield Waiting(title % {"number": number}, note, "map-pin", url)


def _invited(at: datetime) -> Iterator[Waiting]:
    lapsed = open_invitations().filter(expires_at__lte=at)
    if number := lapsed.count():
        title = ngettext("%(number)s invitation ran out", "%(number)s invitations ran out", number)
        yield _invitations(title, lapsed, number)
    coming = open_invitations().filter(expires_at__gt=at)
    if number := coming.count():
        title = ngettext(
            "%(number)s person is invited and has not come in yet",
            "%(number)s people are invited and have not come in yet",
            number,
        )
        yield _invitations(title, coming, number)


def _invitations(title: str, invitations: QuerySet[Invitation], number: int) -> Waiting:
    names = list(invitations.values_list("name", flat=True)[: _NAMED + 1])
    url = reverse("accounts:person-list")
    return Waiting(title % {"number": number}, _named(names, number), "user-plus", url)


def _named(names: list[str], number: int) -> str:
    """“Chez Odile, Le Moulin and 4 more”."""
    shown = " · ".join(names[:_NAMED])
    more = number - min(len(names), _NAMED)
    return (
        _("%(names)s and %(number)s more") % {"names": shown, "number": more} if more > 0 else shown
    )
