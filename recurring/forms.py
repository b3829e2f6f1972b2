"""The editor's sentence, its goods or parcel, and the questions around it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Address, Business
from coopcycle.dates import weekday_name
from orders.catalog.models import Product
from orders.ordering.addresses import locate
from orders.ordering.forms import BuyerForm, GoodsForm, ParcelForm
from orders.ordering.models import Order
from recurring.expansion import parse_local
from recurring.models import RuleVersion, StandingOrder
from recurring.rules import parse_rule
from recurring.sentences import editor_sentence
from recurring.services import RuleDraft
from tenants.models import Cooperative

SHORTEST_WINDOW = 15


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class ClockInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **attrs: Any) -> None:
        super().__init__(attrs=attrs, format="%H:%M")


class SentenceForm(forms.Form):
    """When it comes: the blanks of the editor's sentence, with the name and the courier's note."""

    name = forms.CharField(label=_("Name"), max_length=120)
    interval = forms.TypedChoiceField(
        coerce=int,
        choices=[
            (weeks, ngettext_lazy("%(weeks)s week", "%(weeks)s weeks", weeks) % {"weeks": weeks})
            for weeks in range(1, 5)
        ],
        widget=forms.Select(attrs={"aria-label": _("How often")}),
    )
    weekdays = forms.TypedMultipleChoiceField(
        coerce=int,
        choices=[(day, str(day)) for day in range(1, 8)],
        error_messages={"required": _("Choose at least one day of the week.")},
    )
    start = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not before")}))
    end = forms.TimeField(widget=ClockInput(**{"aria-label": _("Not later than")}))
    first_day = forms.DateField(widget=DayInput(**{"aria-label": _("First date")}))
    ending = forms.ChoiceField(
        choices=[("never", _("without an end")), ("day", _("until and including"))],
        widget=forms.Select(attrs={"aria-label": _("End")}),
    )
    last_day = forms.DateField(required=False, widget=DayInput(**{"aria-label": _("Last date")}))
    holidays = forms.ChoiceField(
        choices=RuleVersion.HolidayPolicy.choices,
        widget=forms.Select(attrs={"aria-label": _("On public holidays")}),
    )
    note = forms.CharField(label=_("For the courier"), max_length=300, required=False)
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: date, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.is_new = today, is_new

    @property
    def days(self) -> list[dict[str, Any]]:
        """For components/days.html."""
        chosen = {str(value) for value in self["weekdays"].value() or []}
        return [
            {
                "value": day,
                "name": weekday_name(day - 1),
                "wide": weekday_name(day - 1, "wide"),
                "is_checked": str(day) in chosen,
            }
            for day in range(1, 8)
        ]

    @property
    def sentence(self) -> SafeString:
        """The sentence with its blanks."""
        days = render_to_string(
            "components/days.html", {"name": "weekdays", "legend": _("Days"), "days": self.days}
        )
        slots: dict[str, Any] = {
            name: format_html('<span class="slot">{}</span>', self[name])
            for name in ("interval", "start", "end", "first_day", "holidays")
        }
        slots["ending"] = format_html(
            '<span class="slot ending">{}{}</span>', self["ending"], self["last_day"]
        )
        return editor_sentence({**slots, "days": days})

    @property
    def sentence_errors(self) -> list[str]:
        """What is wrong with the blanks, which have no room for it themselves."""
        names = [name for name in self.errors if name not in ("name", "note")]
        return [str(error) for name in names for error in self.errors[name]]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if start and end and window_minutes(start, end) < SHORTEST_WINDOW:
            self.add_error("end", _("Leave at least a quarter of an hour for the delivery."))
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if cleaned.get("ending") == "day" and last is None:
            self.add_error("last_day", _("Say on which day it ends, or choose no end."))
        elif cleaned.get("ending") == "day" and first and last and last < first:
            self.add_error("last_day", _("The last date must not be before the first."))
        if first and self.is_new and first < self.today:
            self.add_error("first_day", _("The first date must not be in the past."))
        if first and first.year > self.today.year + 5:
            self.add_error("first_day", _("Choose a first date within the next five years."))
        return cleaned

    def draft(self, kind: str) -> RuleDraft:
        """When it comes, still without what."""
        said = self.cleaned_data
        return RuleDraft(
            name=said.get("name", ""),
            kind=kind,
            weekdays=said["weekdays"],
            interval=said["interval"],
            first_day=said["first_day"],
            start=said["start"],
            window_minutes=window_minutes(said["start"], said["end"]),
            last_day=said["last_day"] if said["ending"] == "day" else None,
            holiday_policy=said["holidays"],
            note=said.get("note", ""),
        )


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
            lines = tuple((line.product_id, line.quantity) for line in self.goods.lines)
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


def window_minutes(start: time, end: time) -> int:
    """From start to end; an end before the start is on the next day."""
    minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
    return minutes if minutes >= 0 else minutes + 24 * 60


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
        "end": (dtstart + timedelta(minutes=version.window_minutes)).time(),
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


class PauseForm(forms.Form):
    """From when, until when, and what becomes of what is made already."""

    from_day = forms.DateField(label=_("From"), widget=DayInput())
    to_day = forms.DateField(
        label=_("Until and including"),
        required=False,
        widget=DayInput(),
        help_text=_("Leave it empty to pause until you resume."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=120, required=False)
    made = forms.ChoiceField(choices=[("keep", ""), ("cancel", "")], initial="keep")
    version = forms.IntegerField(widget=forms.HiddenInput)


class EndForm(forms.Form):
    """The last day, and what becomes of orders made for later."""

    last_day = forms.DateField(label=_("Last delivery on or before"), widget=DayInput())
    made = forms.ChoiceField(choices=[("keep", ""), ("cancel", "")], initial="cancel")
    version = forms.IntegerField(widget=forms.HiddenInput)


class VersionForm(forms.Form):
    """Only which state of the page the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)
