"""The producer's list of a day: what to harvest and pack, in total and per customer."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.models import Business
from accounts.requests import PersonRequest
from coopcycle.dates import read_day
from coopcycle.words import filing_key
from orders.catalog.models import Product
from orders.catalog.terms import cutoff, terms_of
from orders.models import OrderLine, OrderPart
from orders.ordering import selectors, services
from orders.permissions import get_producer_for, producers_for

DAYS_AHEAD = 5


@dataclass(slots=True)
class Total:
    """One product over all customers."""

    product: Product
    unit: str
    quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Client:
    """One customer's share, as it is packed."""

    part: OrderPart
    lines: list[OrderLine]
    weight_grams: int


@require_GET
def picking_list(request: PersonRequest) -> HttpResponse:
    producer, day = _producer(request, request.GET), _day(request.GET.get("day", ""))
    clients = [
        Client(part, list(part.lines.all()), selectors.weight_grams(part.lines.all()))
        for part in selectors.parts_of_day(producer, day)
    ]
    now = timezone.now()
    closes_at = cutoff(terms_of(producer), day, request.cooperative.zone)
    days = _days(timezone.localdate(), day)
    waiting = selectors.waiting_by_day(producer, days)
    context = {
        "producer": producer,
        "producers": list(_producers(request)),
        "day": day,
        "days": [(other, waiting.get(other, 0)) for other in days],
        "clients": clients,
        "totals": _totals(clients),
        "line_count": sum(len(client.lines) for client in clients),
        "weight_grams": sum(client.weight_grams for client in clients),
        "waiting": [c.part for c in clients if c.part.state == OrderPart.State.NEW],
        "can_answer": producer in set(producers_for(request.user)),
        "closes_at": closes_at,
        "is_closed": now >= closes_at,
        "now": now,
    }
    return render(request, "orders/picking_list.html", context)


@require_POST
def accept_day(request: PersonRequest) -> HttpResponse:
    """Accept all that waits for a producer on one day."""
    producer = get_producer_for(request.user, _number(request.POST.get("producer", "")))
    day = _day(request.POST.get("day", ""))
    waiting = selectors.waiting_parts([producer], day).filter(order__day=day)
    count = services.accept_parts(
        part_ids=list(waiting.values_list("pk", flat=True)), actor=request.user, at=timezone.now()
    )
    sentence = ngettext("%(count)d order accepted.", "%(count)d orders accepted.", count)
    messages.success(request, sentence % {"count": count})
    return redirect(f"{reverse('ordering:picking-list')}?day={day}&producer={producer.pk}")


def _producers(request: PersonRequest) -> QuerySet[Business]:
    if request.user.sees_all:
        return Business.objects.active().producers().select_related("terms")
    return producers_for(request.user)


def _producer(request: PersonRequest, told: QueryDict) -> Business:
    producers = _producers(request)
    if wanted := told.get("producer"):
        return get_object_or_404(producers, pk=_number(wanted))
    return get_object_or_404(producers[:1])


def _number(told: str) -> int:
    if not told.isdecimal():
        raise Http404
    return int(told)


def _day(told: str) -> date:
    """The day asked for; tomorrow, when none is."""
    return read_day(told) or timezone.localdate() + timedelta(days=1)


def _days(today: date, chosen: date) -> list[date]:
    """Today and the days after it, and the chosen one when it lies elsewhere."""
    days = {today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)}
    return sorted(days | {chosen})


def _totals(clients: list[Client]) -> list[Total]:
    totals: dict[int, Total] = {}
    for line in (line for client in clients for line in client.lines):
        total = totals.setdefault(line.product_id, Total(line.product, line.unit))
        total.quantity += line.quantity
    return sorted(totals.values(), key=lambda total: filing_key(total.product.name))
