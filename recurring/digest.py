"""One message a party and run: what was made for it, changed, called off, not made or waits, and why.

What is to be told is marked on the occurrences, in the transaction that decided it (`news`). It is
taken off in the transaction that writes the messages, so it is told once, whatever dies between.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Business, Membership
from coopcycle.dates import format_clock, format_day
from coopcycle.failpoints import reach
from coopcycle.mail import Mail, put_mails
from orders.catalog.models import Product
from orders.ordering.models import OrderPart
from recurring.alerts import tell_missed
from recurring.expansion import parse_local, zone_named
from recurring.models import Occurrence, RuleLine, StandingOrder
from recurring.planning import NOT_ASKED, UNANSWERED, deadline_of, with_contents
from recurring.price_news import PriceNews, by_prices, price_news
from recurring.schedule import Reason
from recurring.stock import questions
from recurring.storage import Untold, lock_generation, take_news
from recurring.words import reason_words
from tenants.models import Cooperative

State = Occurrence.State

_TO_BUYERS, _TO_PRODUCERS = "standing_orders", "standing_orders_to_prepare"  # templates
_KINDS = ("made", "changed", "called_off", "asked", "waiting", "not_made", "repriced")
# Why a producer, too, does not see a date that it may expect.
_TOLD_TO_PRODUCERS = {
    "skipped",
    "paused",
    "holiday",
    "collision",
    "no_working_day",
    "ended",
    UNANSWERED,
    NOT_ASKED,
}


@dataclass(frozen=True, slots=True)
class News:
    """One date that somebody has to be told of."""

    standing_order_id: int
    name: str
    buyer_id: int
    buyer: str
    revision: int  # of the standing order
    version_id: int
    original_start: str
    day: date
    state: str
    reason: str
    detail: str
    left_out: list[dict[str, str]]
    order_id: int | None
    is_first: bool  # nothing of this date was told yet
    is_repriced: bool = False  # nothing but its prices is to be told
    prices: PriceNews | None = None
    closes: datetime | None = None  # until when somebody can say whether, or what of it, comes

    @property
    def kind(self) -> str:
        """One of _KINDS; empty when there is nothing to tell."""
        if self.state == State.GENERATED and self.is_repriced:
            return "repriced" if self.prices and self.prices.moves else ""
        if self.state == State.GENERATED:
            return "made" if self.is_first else "changed"
        if self.state == State.CANCELLED:
            return "" if self.is_first else "called_off"
        if self.state == State.HELD:
            return "waiting"
        return "asked" if self.reason == Reason.ASKED else "not_made"

    @property
    def concerns_producers(self) -> bool:
        if self.kind in ("asked", "not_made"):
            return self.reason in _TOLD_TO_PRODUCERS
        # Of what waits, only those who have to decide; of prices, those who pay.
        return self.kind not in ("waiting", "repriced")

    def line(self, language: str, *, for_buyer: bool) -> dict[str, Any]:
        """What a mail says of it."""
        is_fault = self.state == State.FAILED  # whose words are for the office
        prices = {"prices": self.prices.words(language)} if self.prices else {}
        return prices | {
            "day": _day_words(self.day, language),
            "name": self.name if for_buyer else self.buyer,
            "closes": _moment_words(self.closes, language) if self.closes else "",
            "reason": _reason_words("" if is_fault else self.reason, self.detail, language),
            "left_out": [
                f"{each['name']} ({_reason_words(each['reason'], each.get('detail', ''), language)})"
                for each in self.left_out
            ]
            if for_buyer or self.kind == "waiting"
            else [],
        }

    def asks(self, products: Collection[int]) -> "News":
        """With those of its short lines that are about these products."""
        own = [line for line in questions(self.left_out) if int(line["product"]) in products]
        return replace(self, left_out=own)


# One run says the same few things thousands of times.


@lru_cache(maxsize=512)
def _moment_words(moment: datetime, language: str) -> str:
    with translation.override(language):
        return f"{format_day(moment.date(), 'day_long')}, {format_clock(moment.time())}"


@lru_cache(maxsize=512)
def _day_words(day: date, language: str) -> str:
    with translation.override(language):
        return format_day(day, "day_long")


@lru_cache(maxsize=2048)
def _reason_words(reason: str, detail: str, language: str) -> str:
    with translation.override(language):
        if not reason:
            return _("A fault on our side; the office of your cooperative knows")
        return reason_words(reason, detail)


@transaction.atomic
def tell_news(cooperative: Cooperative) -> int:
    """Write one mail for each party of all dates with news; how many dates they were.

    The office, too, is told of dates that were missed: somebody has to call the customer.
    """
    lock_generation()  # an act that has read what is untold must not write it after it was told
    taken = take_news()
    reach("news taken")
    prices = price_news(taken)
    told = (_news_of(row, prices.get(row.order_id or 0)) for row in taken)
    news = _with_closing(each for each in told if each.kind)
    put_mails(_mails(_by_buyer(news), _by_producer(news)))
    if missed := [each for each in news if each.state == State.MISSED]:
        dates = [(each.day, each.buyer, each.name) for each in missed]
        tell_missed(cooperative, dates, event=_fingerprint(missed))
    return len(news)


def _news_of(row: Untold, prices: PriceNews | None) -> News:
    zone = zone_named(row.timezone)
    closes = prices.closes_at if prices else row.waits_until
    starts_at = row.starts_at.astimezone(zone)
    return News(
        standing_order_id=row.standing_order_id,
        name=row.name,
        buyer_id=row.buyer_id,
        buyer=row.buyer,
        revision=row.revision,
        version_id=row.version_id,
        original_start=row.original_start,
        day=starts_at.date(),
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        left_out=row.left_out,
        order_id=row.order_id,
        is_first=row.mark == Occurrence.News.NEW,
        is_repriced=row.mark == Occurrence.News.REPRICED,
        prices=prices,
        closes=closes.astimezone(zone) if closes else None,
    )


def _with_closing(news: Iterable[News]) -> list[News]:
    """Those that ask say until when; most runs have none."""
    found = list(news)
    asking = {each.standing_order_id for each in found if each.kind == "asked"}
    if not asking:
        return found
    rules = with_contents(StandingOrder.objects.filter(pk__in=asking)).in_bulk()
    return [
        replace(each, closes=_closes(each, rules[each.standing_order_id]))
        if each.kind == "asked"
        else each
        for each in found
    ]


def _closes(news: News, rule: StandingOrder) -> datetime | None:
    version = next(each for each in rule.versions.all() if each.pk == news.version_id)
    closes = deadline_of(rule, version, parse_local(news.original_start))
    return closes.astimezone(zone_named(rule.timezone)) if closes else None


def _by_buyer(news: Iterable[News]) -> dict[int, list[News]]:
    found = defaultdict(list)
    for each in news:
        found[each.buyer_id].append(each)
    return found


def _by_producer(news: Sequence[News]) -> dict[int, list[News]]:
    """By the parts of their orders; where there is no order, by the lines of their rules."""
    concerned = [each for each in news if each.concerns_producers]
    of_order, of_version = defaultdict(set), defaultdict(set)
    orders = {each.order_id for each in concerned if each.order_id}
    for order_id, producer_id in OrderPart.objects.filter(order__among=orders).values_list(
        "order_id", "producer_id"
    ):
        of_order[order_id].add(producer_id)
    versions = {each.version_id for each in concerned if not each.order_id}
    if versions:
        for version_id, producer_id in RuleLine.objects.filter(version__among=versions).values_list(
            "version_id", "product__producer_id"
        ):
            of_version[version_id].add(producer_id)
    found = defaultdict(list)
    for each in concerned:
        for producer_id in (
            of_order[each.order_id] if each.order_id else of_version[each.version_id]
        ):
            found[producer_id].append(each)
    for producer_id, each in _questions([each for each in news if each.kind == "waiting"]):
        found[producer_id].append(each)
    return found


def _questions(news: Sequence[News]) -> Iterator[tuple[int, News]]:
    """Who has to decide, and what: of a date that waits, only its short lines are anybody's."""
    asked = {int(line["product"]) for each in news for line in questions(each.left_out)}
    if not asked:
        return
    products = defaultdict(set)
    for pk, producer_id in Product.objects.filter(pk__in=asked).values_list("pk", "producer_id"):
        products[producer_id].add(pk)
    for each in news:
        for producer_id, own in products.items():
            if (question := each.asks(own)).left_out:
                yield producer_id, question


def _mails(of_buyers: dict[int, list[News]], of_producers: dict[int, list[News]]) -> Iterator[Mail]:
    """One for each who reads the mail of a business; who buys and sells gets one of each."""
    readers = addresses_of([*of_buyers, *of_producers])
    for template, parties in ((_TO_BUYERS, of_buyers), (_TO_PRODUCERS, of_producers)):
        for business_id, found in parties.items():
            for name, address, language in readers[business_id]:
                yield _mail(template, name, found, address, language)


def _mail(template: str, business: str, news: Sequence[News], address: str, language: str) -> Mail:
    context: dict[str, Any] = {kind: [] for kind in _KINDS}
    for each in news:
        line = each.line(language, for_buyer=template == _TO_BUYERS)
        context[each.kind].append(line)
    context["repriced"] = by_prices(context["repriced"])
    context["business"] = business
    return Mail(f"{template}-{_fingerprint(news)}-{address}", address, template, language, context)


def _fingerprint(news: Sequence[News]) -> str:
    """The same for the same news: after a backup was restored, a mail is not a new one."""
    facts = [
        (
            n.standing_order_id,
            n.revision,
            n.original_start,
            n.kind,
            f"{n.prices.order_version}" if n.prices else n.reason,
        )
        for n in news
    ]
    return hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()[:32]


def addresses_of(businesses: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Name, address and language of all who read a business's mail: its owners, else its own."""
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    wanted = set(businesses)
    owners = Membership.objects.filter(
        business__among=wanted, level=Membership.Level.OWNER, user__is_active=True
    )
    for pk, name, address, language in owners.order_by("pk").values_list(
        "business_id", "business__name", "user__email", "user__language"
    ):
        found[pk].append((name, address, language))
    if wanted == found.keys():
        return found
    alone = Business.objects.filter(pk__among=wanted - found.keys()).exclude(email="")
    for pk, name, address, language in alone.values_list("pk", "name", "email", "language"):
        found[pk].append((name, address, language))
    return found
