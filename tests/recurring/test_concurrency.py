"""Two generators at once and a connection that dies, on real logins and real commits."""

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection, connections

from coopcycle.models import OutboxMessage
from orders.models import Order, OrderLine
from orders.ordering.services import cancel_orders
from recurring import generation, services, storage
from recurring.digest import tell_news
from recurring.generation import generate
from recurring.models import Occurrence, StockDecision
from recurring.services import settling
from tenants.context import in_cooperative
from tests.recurring.conftest import NOW, make_kitchen


def orders_by_date() -> list[str]:
    return [
        f"{after:%m-%d}"
        for after in Order.objects.order_by("after").values_list("after", flat=True)
    ]


def test_two_generators_at_once_make_each_date_once(login_wall, monkeypatch):
    with in_cooperative(login_wall.alpha):
        make_kitchen().standing_order()
    # Without the lock, so that the unique key alone has to hold.
    monkeypatch.setattr(generation, "lock_generation", lambda: None)
    together, failures = threading.Barrier(4), []

    def run() -> None:
        try:
            with in_cooperative(login_wall.alpha):
                together.wait()
                generate(login_wall.alpha, at=NOW + timedelta(days=7))
        except Exception as failure:  # noqa: BLE001 - shown by the test
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with in_cooperative(login_wall.alpha):
        assert failures == []
        assert orders_by_date() == ["11-24", "11-27", "12-01", "12-04", "12-08", "12-11"]
        assert Occurrence.objects.filter(state="generated").count() == 6


def test_a_backend_killed_between_occurrence_and_order_leaves_nothing(login_wall, monkeypatch):
    with in_cooperative(login_wall.alpha):
        make_kitchen().standing_order()

        def die(*args: object, **kwargs: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        monkeypatch.setattr(generation, "place_orders", die)
        with pytest.raises(OperationalError):
            generate(login_wall.alpha, at=NOW + timedelta(days=7))
    connections.close_all()
    monkeypatch.undo()
    with in_cooperative(login_wall.alpha):
        assert Occurrence.objects.count() == 4
        assert generate(login_wall.alpha, at=NOW + timedelta(days=7)).generated == 2
        assert len(orders_by_date()) == len(set(orders_by_date())) == 6
        assert OrderLine.objects.count() == 12


def at_once(wall, *acts: Callable[[], object]) -> list[Exception]:
    """Each in a thread with a connection of its own; what was raised."""
    together, failures = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            with in_cooperative(wall.alpha):
                together.wait()
                act()
        except Exception as failure:  # noqa: BLE001 - looked at by the test
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def waiting_date(wall):
    """A date for twelve kilos where there are eight, and its producer decides."""
    with in_cooperative(wall.alpha):
        kitchen = make_kitchen()
        terms = kitchen.tomatoes.producer.terms
        terms.when_short = "hold"
        terms.save()
        kitchen.tomatoes.daily_quantity = 8
        kitchen.tomatoes.save()
        order = kitchen.standing_order(weekdays=[5], last_day=date(2026, 11, 27))
        assert order.occurrences.get().state == "held"
    return kitchen, order


def test_of_two_who_decide_at_once_one_has_decided_and_the_other_is_told(login_wall):
    kitchen, order = waiting_date(login_wall)

    def decide(answer: str) -> Callable[[], object]:
        return lambda: services.decide_stock(
            StockDecision.Answer(answer),
            standing_order_id=order.pk,
            original_start="2026-11-27T06:30:00",
            product=kitchen.tomatoes,
            actor=kitchen.office,
            at=NOW,
        )

    [refused] = at_once(login_wall, decide("part"), decide("all"), run_now(login_wall))
    assert "somebody has decided" in str(refused)
    with in_cooperative(login_wall.alpha):
        decided = StockDecision.objects.get()
        [tomatoes] = OrderLine.objects.filter(product=kitchen.tomatoes)
        assert tomatoes.quantity == (8 if decided.answer == "part" else 12)
        assert Order.objects.count() == 1


def run_now(wall) -> Callable[[], object]:
    return lambda: generate(wall.alpha, at=NOW)


def test_stock_that_returns_makes_what_waits_once_in_however_many_runs(login_wall, monkeypatch):
    kitchen, order = waiting_date(login_wall)
    with in_cooperative(login_wall.alpha):
        kitchen.tomatoes.daily_quantity = 50
        kitchen.tomatoes.save()
    # Without the lock, so that the unique key alone has to hold.
    monkeypatch.setattr(generation, "lock_generation", lambda: None)
    assert at_once(login_wall, *[run_now(login_wall)] * 4) == []
    with in_cooperative(login_wall.alpha):
        assert order.occurrences.get().state == "generated"
        assert Order.objects.count() == 1


def test_what_is_called_off_while_a_run_tells_of_it_is_told_rightly(login_wall, monkeypatch):
    """A run that came between reading and writing told of the making, and nobody of the end."""
    with in_cooperative(login_wall.alpha):
        kitchen = make_kitchen()
        order = kitchen.standing_order(weekdays=[5], last_day=date(2026, 11, 27))
        order.occurrences.update(news="new")  # made a moment ago, not told yet
        OutboxMessage.objects.all().delete()
    telling = threading.Thread(
        target=at_once, args=[login_wall, lambda: tell_news(login_wall.alpha)]
    )

    def cancel_while_a_run_tells(*args: object, **kwargs: object) -> object:
        telling.start()
        while telling.is_alive() and not waits_for_the_lock():
            pass
        return cancel_orders(*args, **kwargs)

    monkeypatch.setattr(settling, "cancel_orders", cancel_while_a_run_tells)
    with in_cooperative(login_wall.alpha):
        services.skip_date(
            standing_order_id=order.pk,
            original_start="2026-11-27T06:30:00",
            version=order.version,
            actor=kitchen.office,
            at=NOW,
        )
    telling.join()
    with in_cooperative(login_wall.alpha):
        assert not order.occurrences.exclude(news="").exists()
        assert not OutboxMessage.objects.filter(kind="mail").exists()  # of neither making nor end


def waits_for_the_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
        return bool(cursor.fetchone()[0])


def test_the_database_has_one_clock(login_wall):
    with in_cooperative(login_wall.alpha):
        assert storage.database_now().tzinfo is not None
