"""Two generators at once and a connection that dies, on real logins and real commits."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections

from orders.models import Order, OrderLine
from recurring import generation, storage
from recurring.generation import generate
from recurring.models import Occurrence
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


def test_the_database_has_one_clock(login_wall):
    with in_cooperative(login_wall.alpha):
        assert storage.database_now().tzinfo is not None
