"""A process that makes orders of standing orders, then copies the same rows in, some times over.

Its last line is JSON: {"orders", "rules", "seconds": [[made, copied], …]}.
"""

import json
import time as clock
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal

import django
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

ROUNDS = 3
RULES = 200
ORDERS = 2_000  # each rule on the weekdays of two weeks
SATURDAY = datetime(2026, 6, 6, 9, tzinfo=UTC)  # two weeks without a holiday follow
MONDAY, LAST_DAY = date(2026, 6, 8), date(2026, 6, 19)


def main() -> None:
    django.setup()
    from coopcycle.db.owner import as_owner
    from tenants.context import in_cooperative
    from tenants.provisioning import create_cooperative

    call_command("migrate_schemas", verbosity=0)
    cooperative = create_cooperative(
        name="Bench", slug="bench", country="FR", generation_horizon_days=1
    )
    with in_cooperative(cooperative):
        _settle()
        filled = {table for table in _tables() if _has_rows(table)}
    with as_owner(), in_cooperative(cooperative):
        _tidy()
    seconds = []
    for number in range(ROUNDS + 1):
        with in_cooperative(cooperative):
            made = _make(cooperative)
            tables = [table for table in _tables() if table not in filled and _has_rows(table)]
            rows = {table: _copied_out(table) for table in tables}
            _empty(tables)
            copied = _copy_in(rows)
            assert _count_orders() == ORDERS
            _empty(tables)
        with as_owner(), in_cooperative(cooperative):
            _tidy()
        if number:  # the first warms up
            seconds.append((made, copied))
    print(json.dumps({"orders": ORDERS, "rules": RULES, "seconds": seconds}))


def _settle() -> None:
    """Restaurants that want three things of two producers every weekday."""
    from accounts.models import Address, Business, Membership, User
    from orders.models import PriceList, ProducerTerms, Product
    from recurring.services import RuleDraft, create_standing_order

    user = User.objects.create(email="odile@example.org", name="Odile Morel")
    businesses = []
    for number in range(RULES + 2):
        address = Address.objects.create(
            street=f"{number} rue Longue",
            city="Grenoble",
            country="FR",
            latitude=Decimal("45.18") + Decimal(number % 40) / 1000,
            longitude=Decimal("5.72") + Decimal(number % 30) / 1000,
        )
        kind = Business.Kind.RESTAURANT if number < RULES else Business.Kind.PRODUCER
        businesses.append(
            Business.objects.create(name=f"Business {number}", kind=kind, address=address)
        )
    PriceList.objects.create(
        currency="EUR",
        base_minor=600,
        extra_pickup_minor=150,
        per_km_minor=80,
        valid_from=date(2026, 1, 1),
    )
    products = []
    for producer in businesses[RULES:]:
        ProducerTerms.objects.create(producer=producer)
        products += [
            Product.objects.create(producer=producer, name=name, unit="kg", price_minor=320)
            for name in ("Tomatoes", "Apples")
        ]
    for buyer in businesses[:RULES]:
        Membership.objects.create(business=buyer, user=user, level=Membership.Level.OWNER)
        draft = RuleDraft(
            name="Every weekday",
            kind="supply",
            weekdays=[1, 2, 3, 4, 5],
            first_day=MONDAY,
            start=time(8),
            window_minutes=60,
            lines=tuple((product.pk, Decimal(3)) for product in products[:3]),
        )
        create_standing_order(draft, buyer=buyer, actor=user, at=SATURDAY, action_id=uuid.uuid4())


def _make(cooperative: object) -> float:
    from recurring.generation import generate
    from tenants.models import Cooperative

    assert isinstance(cooperative, Cooperative)
    started = clock.perf_counter()
    run = generate(cooperative, at=SATURDAY, through=LAST_DAY)
    took = clock.perf_counter() - started
    assert (run.generated, run.failed) == (ORDERS, 0), run.error
    return took


def _copied_out(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(_sql("COPY {} TO STDOUT", table)) as rows:
        return b"".join(rows)


def _copy_in(rows: dict[str, bytes]) -> float:
    started = clock.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in rows.items():
            with cursor.copy(_sql("COPY {} FROM STDIN", table)) as copy:
                copy.write(content)
    return clock.perf_counter() - started


def _empty(tables: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(_sql("DELETE FROM {}", table))


def _tidy() -> None:
    """What deleted rows have left, and what the planner should know."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_sql("SELECT EXISTS (SELECT FROM {})", table))
        row = cursor.fetchone()
    return bool(row and row[0])


def _count_orders() -> int:
    from orders.models import Order

    return Order.objects.count()


def _sql(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table))


if __name__ == "__main__":
    main()
