"""The editor's forms as one: the sentence, its goods or parcel, and for whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import Address, Business
from orders.catalog.models import Product
from orders.ordering.addresses import locate
from orders.ordering.forms import BuyerForm, GoodsForm, ParcelForm
from orders.ordering.models import Order
from recurring.expansion import parse_local
from recurring.forms.sentence import SentenceForm
from recurring.models import RuleVersion, StandingOrder
from recurring.rules import parse_rule
from recurring.services import RuleDraft, RuleLineDraft
from tenants.models import Cooperative


@dataclass(frozen=True, slots=True)
class Editor:
    """All forms of the editor's page as one: when, for whom, and what."""

    kind: str
    sentence: SentenceForm
    goods: GoodsForm | None = None
    parcel: ParcelForm | None = None
    buyer: BuyerForm | None = None

    @property
    def forms(self) -> list[forms.Form]:
        return [f for f in (self.sentence, self.goods, self.parcel, self.buyer) if f is not None]

    def is_valid(self) -> bool:
        valid = [form.is_valid() for form in self.forms]  # each, so that all say what is wrong
        return all(valid)

    def draft(self, cooperative: Cooperative) -> RuleDraft:
        """Ready for the services. A parcel's new place is saved here."""
        draft = self.sentence.draft(self.kind)
        if self.goods is not None:
            notes = {str(pk): note for pk, note in self.goods.producer_notes.items()}
            lines = tuple(
                RuleLineDraft(line.product_id, line.quantity) for line in self.goods.lines
            )
            return replace(draft, lines=lines, producer_notes=notes)
        assert self.parcel is not None  # noqa: S101 - the other kind
        said = self.parcel.cleaned_data
        return replace(
            draft,
            recipient=said["recipient"],
            recipient_phone=said["phone"],
            recipient_address_id=saved_place(self.parcel, cooperative).pk,
            load=said["load"],
            weight_grams=self.parcel.weight_grams,
        )


def saved_place(parcel: ParcelForm, cooperative: Cooperative) -> Address:
    """Where the parcel goes, as a new row: addresses are never edited."""
    said = parcel.cleaned_data
    has_pin = said["latitude"] is not None and said["longitude"] is not None
    place = locate(
        street=said["street"],
        postal_code=said["postal_code"],
        city=said["city"],
        instructions=said["instructions"],
        pin=(said["latitude"], said["longitude"]) if has_pin else None,
        cooperative=cooperative,
    )
    place.name = said["recipient"]
    place.save()
    return place


def current_version(order: StandingOrder) -> RuleVersion:
    """The version that the editor shows: the latest."""
    return max(order.versions.all(), key=lambda version: version.number)


def initial_of(order: StandingOrder) -> dict[str, Any]:
    """The sentence's blanks as the standing order says them now."""
    version = current_version(order)
    rule, dtstart = parse_rule(version.rrule), parse_local(version.dtstart)
    last = rule.until.date() if isinstance(rule.until, datetime) else rule.until
    return {
        "name": order.name,
        "interval": rule.interval,
        "weekdays": [weekday.day + 1 for weekday in rule.weekdays],
        "start": dtstart.time(),
        "end": (dtstart + timedelta(minutes=version.windows.all()[0].minutes)).time(),
        "first_day": dtstart.date(),
        "ending": "day" if last else "never",
        "last_day": last,
        "holidays": version.holiday_policy,
        "note": version.note,
        "version": order.version,
    }


def editor_for(order: StandingOrder, *, data: Mapping[str, Any] | None, today: date) -> Editor:
    """The editor of a standing order that exists."""
    sentence = SentenceForm(data, initial=initial_of(order), today=today, is_new=False)
    version = current_version(order)
    if order.kind == Order.Kind.DELIVERY:
        address = version.recipient_address
        initial = (
            ParcelForm.initial_of(
                address,
                recipient=version.recipient,
                phone=version.recipient_phone,
                load=version.load,
                weight_grams=version.weight_grams,
            )
            if address
            else {}
        )
        return Editor(order.kind, sentence, parcel=ParcelForm(data, initial=initial))
    quantities = {line.product_id: line.quantity for line in version.lines.all()}
    goods = GoodsForm(
        data,
        products=products_on_offer(set(quantities)),
        quantities=quantities,
        notes={int(pk): note for pk, note in version.producer_notes.items()},
    )
    return Editor(order.kind, sentence, goods=goods)


def new_editor(
    *,
    kind: str,
    data: Mapping[str, Any] | None,
    initial: dict[str, Any],
    buyers: QuerySet[Business],
    today: date,
) -> Editor:
    """The editor of a standing order to be made."""
    start = {
        "interval": 1,
        "start": time(6, 30),
        "end": time(8, 0),
        "first_day": today + timedelta(days=1),
        "ending": "never",
        "holidays": RuleVersion.HolidayPolicy.SKIP,
        **initial,
    }
    sentence = SentenceForm(data, initial=start, today=today, is_new=True)
    buyer = BuyerForm(data, buyers=buyers)
    if kind == Order.Kind.DELIVERY:
        return Editor(kind, sentence, parcel=ParcelForm(data), buyer=buyer)
    return Editor(kind, sentence, goods=GoodsForm(data, products=products_on_offer()), buyer=buyer)


def products_on_offer(chosen: Iterable[int] = ()) -> list[Product]:
    """What can be ordered, and what was chosen before and is only away for a while."""
    products = Product.objects.filter(archived_at=None, producer__archived_at=None)
    offered = products.filter(Q(is_available=True) | Q(pk__in=chosen))
    return list(offered.select_related("producer__terms").order_by("producer__name", "name"))
