"""A co-op with one of each thing, so that every address has something to show."""

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from orders.models import Order
from orders.ordering.drafts import LineDraft, OrderDraft
from orders.ordering.services import place_order
from recurring.rules import weekly_rule
from recurring.services import RuleDraft, RuleLineDraft, WindowDraft, create_standing_order
from tests.factories import (
    CourierFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    ShiftFactory,
    TaskFactory,
    TourFactory,
    UserFactory,
)

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # 10:00 in Grenoble

# What a secret or a link in an address may look like where no real one is at hand.
_SPOKEN = {
    "handle": str(uuid.UUID(int=1)),
    "key": "set-password",
    "secret": "s" * 43,
    "token": "t" * 24,
    "uidb36": "1",
}


def furnish(mark: str = "", *, at: datetime = MONDAY) -> tuple[User, dict[str, Any]]:
    """Make one of each; `mark` stands in each name.

    Returns the person to whom all of it belongs, in every role, and the ids by the names that
    addresses give them.
    """
    PriceListFactory()
    person = UserFactory(administrator=True, dispatcher=True, courier=True, name=f"Paule {mark}")
    kitchen = MembershipFactory(user=person, business__name=f"Kitchen {mark}")
    farm = MembershipFactory(
        user=person, business__producer=True, business__name=f"Farm {mark}"
    ).business
    ProducerTermsFactory(producer=farm)
    tomatoes = ProductFactory(producer=farm, name=f"Tomatoes {mark}")
    courier = CourierFactory(user=person)
    task = TaskFactory(
        tour=TourFactory(courier=courier),
        position=0,
        place=f"Door {mark}",
        delivery__recipient_name=f"Recipient {mark}",
    )
    order = place_order(
        OrderDraft(
            buyer_id=kitchen.business.pk,
            kind=Order.Kind.SUPPLY,
            after=datetime(2026, 11, 25, 6, tzinfo=UTC),
            before=datetime(2026, 11, 25, 7, tzinfo=UTC),
            lines=(LineDraft(tomatoes.pk, Decimal(3)),),
        ),
        actor=person,
        at=at,
    )
    rule = create_standing_order(
        RuleDraft(
            name=f"Weekly {mark}",
            kind="supply",
            rule=weekly_rule([5], 1, None),
            first_day=date(2026, 11, 27),
            windows=(WindowDraft(time(6, 30), 30),),
            lines=(RuleLineDraft(tomatoes.pk, Decimal(2)),),
        ),
        buyer=kitchen.business,
        actor=person,
        at=at,
        action_id=uuid.uuid4(),
    )
    return person, {
        "rule_id": rule.pk,
        "original": "2026-11-27T06:30:00",
        "order_id": order.pk,
        "part_id": order.parts.get().pk,
        "product_id": tomatoes.pk,
        "task_id": task.pk,
        "business_id": kitchen.business.pk,
        "producer_id": farm.pk,
        "person_id": UserFactory(name=f"Someone {mark}").pk,
        "membership_id": kitchen.pk,
        "shift_id": ShiftFactory(courier=courier).pk,
        "token": task.delivery.tracking_token,
        "year": 2026,
    }


COOPERATIVE, FEDERATION = "coopcycle.urls", "coopcycle.urls_federation"


def views(urlconf: str = COOPERATIVE) -> list[tuple[str, frozenset[str]]]:
    """Names of all addresses, each with the names of its parts that vary."""
    return list(_walk(get_resolver(urlconf), ""))


def _walk(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            known = getattr(entry.pattern, "converters", None) or entry.pattern.regex.groupindex
            yield f"{prefix}{entry.name}", frozenset(known)


def address(
    name: str, parts: frozenset[str], ids: dict[str, Any], urlconf: str = COOPERATIVE
) -> str:
    """The address of a view, with `ids` for the parts that it has."""
    told = {part: ids.get(part, _SPOKEN.get(part, 1)) for part in parts}
    return reverse(name, urlconf, kwargs=told)
