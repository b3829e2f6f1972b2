"""The editor's forms as one: the sentence, its goods or parcel, for whom, and at what price."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Address, Business
from coopcycle.dates import format_day
from coopcycle.words import filed
from orders.catalog.models import Product
from orders.ordering.addresses import locate
from orders.ordering.forms import BuyerForm, ParcelForm
from orders.ordering.models import Order
from recurring.forms import wording
from recurring.forms.agreement import AgreementForm, RiderForm, initial_agreement
from recurring.forms.goods import StandingGoodsForm
from recurring.forms.sentence import NAME_LENGTH, SentenceForm, said_by, sentence_for
from recurring.forms.windows import later, usual_window
from recurring.models import RuleLine, RuleVersion, StandingOrder
from recurring.patterns import pattern_of
from recurring.rules import Rule
from recurring.services.drafts import RuleDraft, RuleLineDraft, WindowDraft
from tenants.models import Cooperative

_NAMED = 3  # products in the name of a standing order that nobody has named


@dataclass(frozen=True, slots=True)
class Editor:
    """All forms of the editor's page as one. `version` is what it changes, if it exists already."""

    kind: str
    sentence: SentenceForm
    goods: StandingGoodsForm | None = None
    parcel: ParcelForm | None = None
    buyer: BuyerForm | None = None
    agreement: AgreementForm | None = None  # the office's
    rider: RiderForm | None = None  # the office's
    version: RuleVersion | None = None
    like: RuleDraft | None = None  # what a new one is filled in with

    @property
    def forms(self) -> list[forms.Form]:
        every = (
            self.sentence,
            self.goods,
            self.parcel,
            self.buyer,
            self.agreement,
            self.rider,
        )
        return [form for form in every if form is not None]

    def is_valid(self) -> bool:
        invalid = [form for form in self.forms if not form.is_valid()]  # each says what is wrong
        return not invalid

    def refuse(self, sentence: str) -> None:
        """Show why it was not taken, where the reading stands."""
        self.sentence.add_error(None, sentence)

    def draft(self, *, address_id: int | None, carriage_minor: int | None) -> RuleDraft:
        """Ready for the services. `carriage_minor` is what the carriage costs today."""
        draft = replace(
            self.rule_draft(),
            name=self.sentence.cleaned_data.get("name") or self._usual_name(),
            **self._usual_way(),
            **self._carriage(carriage_minor),
        )
        if self.goods is not None:
            notes = {str(pk): note for pk, note in self.goods.producer_notes.items()}
            return replace(draft, lines=self._lines(), producer_notes=notes)
        assert self.parcel is not None  # noqa: S101 - the other kind
        said = self.parcel.cleaned_data
        return replace(
            draft,
            recipient=said["recipient"],
            recipient_phone=said["phone"],
            recipient_address_id=address_id,
            load=said["load"],
            weight_grams=self.parcel.weight_grams,
        )

    @property
    def agreed_words(self) -> str:
        """What was agreed about prices, for people who cannot change it."""
        agreed = initial_agreement(self.version)
        if agreed["prices"] != "agreed" or not self.keeps_agreement:
            return ""
        if agreed["agreed_until"] is None:
            return _("Prices are agreed.")
        until = format_day(agreed["agreed_until"], "day_year")
        return _("Prices are agreed until %(day)s.") % {"day": until}

    @property
    def keeps_agreement(self) -> bool:
        """Whether prices that were agreed stay so; the office may just be giving them up."""
        form = self.agreement
        return form is None or not form.is_bound or (form.is_valid() and form.is_agreed)

    def rule_draft(self) -> RuleDraft:
        """When it comes, still without what. The sentence is valid."""
        said, rule = self.sentence.cleaned_data, self.sentence.rule
        assert rule is not None  # noqa: S101 - the sentence says when
        return RuleDraft(
            name=said.get("name", ""),
            kind=self.kind,
            rule=rule,
            first_day=said["first_day"],
            windows=self.sentence.windows.drafts,
            holiday_policy=said["holidays"],
            note=said.get("note", ""),
        )

    def _usual_name(self) -> str:
        """What nobody has named is named after what it brings, or to whom."""
        if self.goods is not None:
            products = [self.goods.products[line.product_id].name for line in self.goods.lines]
            return ", ".join(products[:_NAMED])[:NAME_LENGTH]
        assert self.parcel is not None  # noqa: S101 - the other kind
        return str(self.parcel.cleaned_data["recipient"])[:NAME_LENGTH]

    def _lines(self) -> tuple[RuleLineDraft, ...]:
        assert self.goods is not None  # noqa: S101 - asked only of goods
        former = {line.product_id: line for line in _former_lines(self.version)}
        substitutes = self.goods.substitutes
        return tuple(
            replace(
                self._line(line.product_id, line.quantity, former.get(line.product_id)),
                substitute_id=substitutes.get(line.product_id),
            )
            for line in self.goods.lines
        )

    def _line(self, product_id: int, quantity: Any, former: RuleLine | None) -> RuleLineDraft:
        """With the price that was agreed before, or is agreed now."""
        price = former.fixed_price_minor if former else None
        if self.agreement is None:
            until = former.fixed_until if former else None
            return RuleLineDraft(product_id, quantity, price, until)
        if not self.agreement.is_agreed:
            return RuleLineDraft(product_id, quantity)
        if price is None:
            assert self.goods is not None  # noqa: S101 - a line of goods
            price = self.goods.products[product_id].price_minor
        return RuleLineDraft(product_id, quantity, price, self.agreement.until)

    def _carriage(self, today_minor: int | None) -> dict[str, Any]:
        version = self.version
        former = version.carriage_minor if version else None
        if self.agreement is None:
            until = version.carriage_until if version else None
            return {"carriage_minor": former, "carriage_until": until}
        if not self.agreement.is_agreed:
            return {"carriage_minor": None, "carriage_until": None}
        agreed = former if former is not None else today_minor
        until = self.agreement.until if agreed is not None else None
        return {"carriage_minor": agreed, "carriage_until": until}

    def _usual_way(self) -> dict[str, Any]:
        if self.rider is not None:
            return self.rider.usual_way
        order = self.version.standing_order if self.version else None
        return {
            "usual_courier_id": order.usual_courier_id if order else None,
            "usual_tour_id": order.usual_tour_id if order else None,
        }


def place_of(parcel: ParcelForm, cooperative: Cooperative) -> Address:
    """Where the parcel goes, as a new row that is not saved: addresses are never edited."""
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
    return place


def current_version(order: StandingOrder) -> RuleVersion:
    """The version that the editor shows: the latest."""
    return max(order.versions.all(), key=lambda version: version.number)


def editor_for(
    order: StandingOrder, *, data: Mapping[str, Any] | None, today: date, for_office: bool
) -> Editor:
    """The editor of a standing order that exists."""
    version = current_version(order)
    office: dict[str, Any] = {}
    if for_office:
        office = {
            "agreement": AgreementForm(data, initial=initial_agreement(version), today=today),
            "rider": RiderForm(data, order=order),
        }
    sentence = sentence_for(order, version, data=data, today=today)
    if order.kind == Order.Kind.DELIVERY:
        parcel = ParcelForm(data, initial=_initial_parcel(version))
        return Editor(order.kind, sentence, parcel=parcel, version=version, **office)
    quantities = {line.product_id: line.quantity for line in version.lines.all()}
    substitutes = _substitutes(version.lines.all())
    goods = StandingGoodsForm(
        data,
        products=products_on_offer({*quantities, *substitutes.values()}),
        quantities=quantities,
        substitutes=substitutes,
        notes={int(pk): note for pk, note in version.producer_notes.items()},
    )
    return Editor(order.kind, sentence, goods=goods, version=version, **office)


def new_editor(
    *,
    kind: str,
    data: Mapping[str, Any] | None,
    buyers: QuerySet[Business],
    today: date,
    for_office: bool,
    like: RuleDraft | None = None,
    buyer: Business | None = None,
) -> Editor:
    """The editor of a standing order to be made; filled in `like` a draft, for a past order."""
    office: dict[str, Any] = {}
    if for_office:
        office = {
            "agreement": AgreementForm(data, initial=initial_agreement(None), today=today),
            "rider": RiderForm(data),
        }
    sentence = SentenceForm(
        data,
        initial=_initial_new(today, like),
        windows=[_initial_window(window) for window in like.windows] if like else [usual_window()],
        today=today,
        kept=None,
    )
    buyer_form = BuyerForm(data, buyers=buyers, initial={"buyer": buyer} if buyer else None)
    if kind == Order.Kind.DELIVERY:
        parcel = ParcelForm(data, initial=_initial_parcel(like) if like else None)
        return Editor(kind, sentence, parcel=parcel, buyer=buyer_form, like=like, **office)
    quantities = {line.product_id: line.quantity for line in like.lines} if like else {}
    goods = StandingGoodsForm(
        data,
        products=products_on_offer(set(quantities)),
        quantities=quantities,
        substitutes=_substitutes(like.lines) if like else None,
        notes={int(pk): note for pk, note in like.producer_notes.items()} if like else None,
    )
    return Editor(kind, sentence, goods=goods, buyer=buyer_form, like=like, **office)


def products_on_offer(chosen: Iterable[int] = ()) -> list[Product]:
    """What can be ordered, and what was chosen before and is only away for a while."""
    products = Product.objects.filter(archived_at=None, producer__archived_at=None)
    offered = products.filter(Q(is_available=True) | Q(pk__in=chosen))
    return list(
        offered.select_related("producer__terms").order_by(
            filed("producer__name"), filed("name"), "pk"
        )
    )


def _initial_new(today: date, like: RuleDraft | None) -> dict[str, Any]:
    first_day = like.first_day if like else today + timedelta(days=1)
    initial: dict[str, Any] = {
        "repeats": "week",
        "interval": 1,
        "first_day": first_day,
        "ending": "never",
        "count": 10,
        "holidays": RuleVersion.HolidayPolicy.SKIP,
        "short_months": "last",
    }
    if like is not None:
        initial |= {"name": like.name, "note": like.note, **_pattern_said(like.rule, first_day)}
    return {**initial, "drawn": initial["repeats"]}


def _pattern_said(rule: Rule, first_day: date) -> dict[str, Any]:
    pattern = pattern_of(rule, first_day)
    return said_by(pattern.shape) if pattern else {"repeats": wording.REPEATS[1][0]}


def _initial_window(window: WindowDraft) -> dict[str, Any]:
    opens, days_before = window.pickup
    return {
        "opens": window.opens,
        "closes": later(window.opens, window.minutes),
        "pickup": "before" if window.pickup_opens is None else str(days_before),
        "pickup_opens": opens,
        "pickup_closes": later(opens, window.pickup_minutes),
    }


def _initial_parcel(said: RuleVersion | RuleDraft) -> dict[str, Any]:
    address_id = said.recipient_address_id
    if address_id is None:
        return {}
    return ParcelForm.initial_of(
        Address.objects.get(pk=address_id),
        recipient=said.recipient,
        phone=said.recipient_phone,
        load=said.load,
        weight_grams=said.weight_grams,
    )


def _substitutes(lines: Iterable[RuleLine | RuleLineDraft]) -> dict[int, int]:
    return {line.product_id: line.substitute_id for line in lines if line.substitute_id}


def _former_lines(version: RuleVersion | None) -> list[RuleLine]:
    return list(version.lines.all()) if version else []
