"""One standing order, what people do to it, and what must hold when they have ended."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet, Sum

from coopcycle.errors import DomainError
from orders.catalog.services import save_product
from orders.models import Order, OrderLine, ProducerTerms
from orders.ordering import changing
from orders.ordering.services import cancel_order
from recurring import services
from recurring.calendars import terms_of, work_calendar
from recurring.expansion import parse_local
from recurring.generation import generate
from recurring.models import Occurrence, StandingOrder, StockDecision
from recurring.planning import candidates_of, with_contents
from recurring.schedule import schedule
from recurring.services import DateChange, Scope
from recurring.stock import questions
from tests.recurring.conftest import NOW, Kitchen

UNREHEARSED = {
    "note_by_hand",
    "call_off_by_hand",
    "wait",
    "decide",
    "restock",
    "sell_at",
    "sell_at_last_minute",
}


@dataclass
class World:
    """One standing order, somebody who does things to it, and what must not change any more."""

    cooperative: Any
    kitchen: Kitchen
    at: datetime = NOW
    frozen: dict[int, Any] = field(default_factory=dict)  # order → as it was when it closed
    read: dict[Any, Any] = field(default_factory=dict)  # within one act, which changes nothing yet

    def __post_init__(self) -> None:
        self.pk = self.kitchen.standing_order().pk

    @property
    def order(self) -> StandingOrder:
        return with_contents(StandingOrder.objects.filter(pk=self.pk)).get()

    @property
    def _rule(self) -> StandingOrder:
        """With what says on which dates it comes."""
        rules = StandingOrder.objects.prefetch_related(
            "versions__windows", "pauses", "overrides", "additions"
        )
        return rules.get(pk=self.pk)

    def once(self, what: Any, read: Callable[[], Any]) -> Any:
        """Read for the rehearsal and for the act, which see the same."""
        if what not in self.read:
            self.read[what] = read()
        return self.read[what]

    @property
    def said(self) -> dict[str, Any]:
        order = self.once("version", lambda: StandingOrder.objects.only("version").get(pk=self.pk))
        return {
            "standing_order_id": self.pk,
            "version": order.version,
            "actor": self.kitchen.odile,
            "at": self.at,
        }

    @property
    def today(self) -> date:
        return self.at.astimezone(self.cooperative.zone).date()

    def act(self, name: str, arguments: list[Any]) -> None:
        """Do it, unless it is refused; what is closed before stays as it is."""
        self.read = {}
        self._freeze()
        shown = self._look(name, arguments)
        try:
            done = getattr(self, name)(*arguments)
        except DomainError:
            return
        assert shown is None or shown == done

    def _look(self, name: str, arguments: list[Any]) -> Any:
        if name in UNREHEARSED:
            return None
        try:
            return getattr(self, name)(*arguments, is_rehearsal=True)
        except DomainError:
            return None

    def skip(self, n: int, **kwargs: Any) -> Any:
        return services.skip_date(**self.said, original_start=self._date(n), **kwargs)

    def restore(self, n: int, **kwargs: Any) -> Any:
        return services.restore_date(**self.said, original_start=self._date(n), **kwargs)

    def move(self, n: int, day: int, hour: int, **kwargs: Any) -> Any:
        return services.move_date(
            **self.said, original_start=self._date(n), new_start=self._start(day, hour), **kwargs
        )

    def change(self, n: int, quantity: int, **kwargs: Any) -> Any:
        lines = ((self.kitchen.apples.pk, Decimal(quantity)),)
        return services.change_date(
            DateChange(lines=lines), **self.said, original_start=self._date(n), **kwargs
        )

    def add(self, day: int, hour: int, **kwargs: Any) -> Any:
        return services.add_date(**self.said, start=self._start(day, hour), **kwargs)

    def pause(self, day: int, length: int, cancels: bool, **kwargs: Any) -> Any:
        first = self.today + timedelta(days=day)
        last = first + timedelta(days=length) if length else None
        return services.pause_standing_order(
            **self.said,
            from_day=first,
            to_day=last,
            reason="",
            cancels_made=cancels,
            **kwargs,
        )

    def resume(self, **kwargs: Any) -> Any:
        return services.resume_standing_order(**self.said, **kwargs)

    def edit(self, draft: dict[str, Any], keeps: bool, **kwargs: Any) -> Any:
        return self._edit(draft, keeps, {}, kwargs)

    def following(self, n: int, draft: dict[str, Any], keeps: bool, **kwargs: Any) -> Any:
        scope = {"scope": Scope.FOLLOWING, "original_start": self._date(n)}
        return self._edit(draft, keeps, scope, kwargs)

    def end(self, day: int, keeps: bool, **kwargs: Any) -> Any:
        said = {"last_day": self.today + timedelta(days=day), **self.said}
        return self._keeping(partial(services.end_standing_order, **said), keeps, kwargs)

    def note_by_hand(self, n: int) -> None:
        """A person changes the order itself, not the rule."""
        row = self._made(n)
        if row is None:
            return
        order = changing.with_contents(Order.objects.filter(pk=row.order_id)).get()
        changing.change_order(
            replace(changing.as_it_is(order), note=f"By hand {row.order_id}"),
            order_id=order.pk,
            version=order.version,
            actor=self.kitchen.office,
            at=self.at,
        )

    def call_off_by_hand(self, n: int) -> None:
        row = self._made(n)
        if row is not None:
            cancel_order(order_id=row.order_id, actor=self.kitchen.odile, at=self.at)

    def sell_at(self, price_minor: int) -> None:
        """The producer asks another price; who runs next follows, be it an edit of another kind."""
        self.kitchen.tomatoes.price_minor = price_minor
        save_product(self.kitchen.tomatoes)

    def sell_at_last_minute(self, price_minor: int) -> None:
        """Another price in the last moment of the next date that is open."""
        closing = Order.objects.filter(
            occurrence__standing_order=self.pk, state="new", closes_at__gt=self.at
        ).order_by("closes_at")
        if order := closing.first():
            self.at = order.closes_at - timedelta(seconds=1)
            self.sell_at(price_minor)
            self.generate()
            self.at = order.closes_at

    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)
        self.generate()

    def generate(self) -> None:
        run = generate(self.cooperative, at=self.at)
        assert run.failed == 0, run.error

    def check(self) -> None:
        """What there is, is what the rule says afresh, but for what was closed or done by hand."""
        rows = {row.original_start: row for row in self._rows()}
        orders = _pictured(Order.objects.filter(occurrence__standing_order=self.pk)).in_bulk()
        for order_id, (was, prices) in self.frozen.items():
            assert _picture(orders[order_id]) == was
            assert _prices(orders[order_id]) == prices
        for original, candidate in self._candidates().items():
            row = rows.pop(original, None)
            if row is not None and (row.order_id in self.frozen or _is_called_off(row)):
                continue
            if candidate.state == "generated":
                self._check_made(candidate, row, orders)
            elif row is not None:
                assert row.state != "generated" or row.is_kept
        for row in rows.values():
            closed = row.order_id in self.frozen or row.is_kept or _is_called_off(row)
            assert row.state != "generated" or closed

    def _check_made(self, candidate: Any, row: Occurrence | None, orders: dict[int, Order]) -> None:
        horizon = self.today + timedelta(days=self.cooperative.generation_horizon_days)
        if row is None:
            assert candidate.planned.start.date() > horizon
            return
        assert row.order is not None
        assert (row.state, row.order.state) == ("generated", "new")
        draft = candidate.draft()
        by_hand = f"By hand {row.order_id}"
        picture = _picture(orders[row.order.pk])
        assert picture == {
            "after": draft.after,
            "before": draft.before,
            "pickup": {(draft.pickup_after, draft.pickup_before)},
            "lines": {line.product_id: line.quantity for line in draft.lines},
            "note": by_hand if picture["note"] == by_hand else draft.note,
            "open": 1 + len({wish.product.producer_id for wish in candidate.wishes}),
        }
        assert row.order.goods_minor == sum(
            wish.product.price_minor * wish.quantity for wish in candidate.wishes
        )

    def _freeze(self) -> None:
        closed = Order.objects.filter(
            occurrence__standing_order=self.pk,
            occurrence__starts_at__gt=self.at,
            state="new",
            closes_at__lte=self.at,
        )
        for order in _pictured(closed.exclude(pk__in=self.frozen)):
            self.frozen[order.pk] = _picture(order), _prices(order)

    def _rows(self) -> list[Occurrence]:
        rows = Occurrence.objects.filter(standing_order=self.pk, starts_at__gt=self.at)
        return list(rows.select_related("order").order_by("starts_at"))

    def _made(self, n: int) -> Occurrence | None:
        rows = [
            row
            for row in self._rows()
            if row.state == "generated"
            and row.order
            and row.order.state == "new"
            and not changing.is_late(row.order, at=self.at)
        ]
        return rows[n % len(rows)] if rows else None

    def _candidates(self) -> dict[str, Any]:
        first, last = self.today - timedelta(days=40), self.today + timedelta(days=90)
        order = self.order
        if order.state != "active":
            return {}
        found = candidates_of(
            order,
            work_calendar(self.cooperative, first, last),
            since=self.at,
            at=self.at,
            through=self.today + timedelta(days=40),
        )
        return {candidate.planned.original.isoformat(): candidate for candidate in found}

    def _date(self, n: int) -> str:
        names = self.once("dates", self._dates)
        return str(names[n % len(names)]) if names else "2026-11-24T06:30:00"

    def _dates(self) -> list[str]:
        first, last = self.today - timedelta(days=40), self.today + timedelta(days=90)
        calendar = work_calendar(self.cooperative, first, last)
        found = schedule(
            terms_of(self._rule), calendar, self.today, self.today + timedelta(days=20)
        )
        return [planned.original.isoformat() for planned in found if planned.at > self.at]

    def _start(self, day: int, hour: int) -> datetime:
        return parse_local(f"{self.today + timedelta(days=day)}T{hour:02}:00:00")

    def _edit(
        self, draft: dict[str, Any], keeps: bool, scope: dict[str, Any], kwargs: dict[str, Any]
    ) -> Any:
        quantity = Decimal(draft["quantity"])
        lines = ((self.kitchen.tomatoes.pk, quantity), (self.kitchen.apples.pk, Decimal(2)))
        said = {name: value for name, value in draft.items() if name != "quantity"}
        wanted = self.kitchen.draft(lines=lines, **said)
        edit = partial(services.edit_standing_order, wanted, **self.said, **scope)
        return self._keeping(edit, keeps, kwargs)

    def _keeping(self, act: Callable[..., Any], keeps: bool, kwargs: dict[str, Any]) -> Any:
        """The act with what a person answers to its first rehearsal: keep the orphans, or none.

        Without orphans there is nothing to answer, and the first rehearsal is the one shown.
        """
        shown = self.once("orphans", lambda: act(is_rehearsal=True))
        if kwargs.get("is_rehearsal") and not shown.orphans:
            return shown
        kept = [note.original for note in shown.orphans] if keeps else []
        return act(keeps=kept, **kwargs)


class ScarceWorld(World):
    """There is little of something each day, and whose it is wants to be asked."""

    def __post_init__(self) -> None:
        tomatoes = self.kitchen.tomatoes
        ProducerTerms.objects.filter(producer=tomatoes.producer).update(when_short="hold")
        tomatoes.daily_quantity = 10
        tomatoes.save()
        super().__post_init__()

    def restock(self, more: int) -> None:
        self.kitchen.tomatoes.daily_quantity += more
        self.kitchen.tomatoes.save()

    def decide(self, n: int, answer: str) -> None:
        rows = [row for row in self._rows() if row.state == "held"]
        services.decide_stock(
            StockDecision.Answer(answer),
            standing_order_id=self.pk,
            original_start=rows[n % len(rows)].original_start if rows else self._date(n),
            product=self.kitchen.tomatoes,
            actor=self.kitchen.office,
            at=self.at,
        )

    def check(self) -> None:
        before = self._all()
        self.generate()
        assert self._all() == before  # nothing twice, and nothing is left to be done
        candidates = self._candidates()
        for row in self._rows():
            candidate = candidates.get(row.original_start)
            comes = candidate is not None and candidate.state == "generated"
            if row.state == "held":
                assert comes
                self._check_waiting(row)
            elif comes and row.order is None:
                assert (row.state, row.reason) == ("skipped", "nothing_left")
        self._check_days()

    def _check_waiting(self, row: Occurrence) -> None:
        assert row.waits_until > self.at
        [question] = questions(row.left_out)
        assert Decimal(question["left"]) < Decimal(question["asked"])
        assert not StockDecision.objects.filter(
            original_start=row.original_start,
            pickup_day=question["day"],
            quantity__gte=question["asked"],
        )

    def _check_days(self) -> None:
        """No more goes out than there is, but where somebody said so."""
        promised = set(
            StockDecision.objects.filter(answer="all").values_list("pickup_day", flat=True)
        )
        taken = OrderLine.objects.filter(product=self.kitchen.tomatoes).filter(
            part__order__state__in=["new", "accepted"]
        )
        days = taken.order_by().values_list("part__pickup__day").annotate(Sum("quantity"))
        for day, quantity in days:
            assert quantity <= self.kitchen.tomatoes.daily_quantity or day in promised

    def _all(self) -> list[Any]:
        rows = Occurrence.objects.order_by("pk")
        return list(rows.values_list("original_start", "state", "order", "order__version"))


def _is_called_off(row: Occurrence) -> bool:
    """By a person, on the order's own page."""
    return row.state == "generated" and row.order is not None and row.order.state == "cancelled"


def _pictured(orders: QuerySet[Order]) -> QuerySet[Order]:
    """With what a picture shows."""
    return orders.select_related("delivery").prefetch_related("delivery__tasks", "parts__lines")


def _picture(order: Order) -> dict[str, Any]:
    """All of an order that a rule can say."""
    tasks = [task for task in order.delivery.tasks.all() if task.status != "CANCELLED"]
    return {
        "after": order.after,
        "before": order.before,
        "pickup": {(task.after, task.before) for task in tasks if task.kind == "PICKUP"},
        "lines": {
            line.product_id: line.quantity
            for part in order.parts.all()
            for line in part.lines.all()
        },
        "note": order.note,
        "open": len(tasks),
    }


def _prices(order: Order) -> dict[int, int]:
    return {
        line.product_id: line.unit_price_minor
        for part in order.parts.all()
        for line in part.lines.all()
    }
