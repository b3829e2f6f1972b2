"""A process that makes a day's orders in one co-op, in ten, in all, each beside COPY of its rows.

    python -m benchmarks.making_orders.work CO-OPS RULES

Its last line is JSON: {"stages": [{"cooperatives", "rows", "orders", "made", "copied", "idle",
"peak_mb"}, …]}, times in seconds. Every measure begins on a session of its own, as a worker's does.
"""

import json
import resource
import sys
import time as clock
import uuid
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

import django
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

if TYPE_CHECKING:
    from tenants.models import Cooperative

STAGES = (1, 10, 110)
SATURDAY = datetime(2026, 6, 6, 9, tzinfo=UTC)
MONDAY = date(2026, 6, 8)  # the day whose orders are made


@dataclass(slots=True)
class Stage:
    """What a number of co-ops took."""

    cooperatives: int
    rows: int = 0
    orders: int = 0
    made: float = 0  # seconds: expansion, prices, orders, stops, messages, all committed
    copied: float = 0  # seconds: the same rows by COPY into the same empty tables
    idle: float = 0  # seconds: the next tick, which finds everything made
    peak_mb: float = 0


def main(most: int, rules: int) -> None:
    django.setup()
    call_command("migrate_schemas", verbosity=0)
    first = _open(0)
    with _inside(first):
        _settle(rules)
        filled = {table: _copied_out(table) for table in _tables() if _has_rows(table)}
        made = _not_needed_by(filled)
    _measure(first, Stage(0), made, rules)  # warms up
    cooperatives, stages = [first], []
    for size in sorted({min(size, most) for size in STAGES}):
        while len(cooperatives) < size:
            cooperatives.append(_open(len(cooperatives), filled))
        stage = Stage(size)
        for cooperative in cooperatives:
            _measure(cooperative, stage, made, rules)
        stage.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        stages.append(asdict(stage))
        print(stages[-1], file=sys.stderr, flush=True)
    print(json.dumps({"stages": stages}))


def _measure(cooperative: "Cooperative", stage: Stage, tables: list[str], rules: int) -> None:
    """Make the day's orders, copy the same rows into emptied tables, and look once more."""
    from recurring.generation import generate

    stage.made += _seconds(cooperative, lambda: generate(cooperative, at=SATURDAY, through=MONDAY))
    with _inside(cooperative):
        rows = {table: _copied_out(table) for table in tables if _has_rows(table)}
        orders = rows["orders_order"].count(b"\n")
        assert orders == rules, f"{orders} orders"
    _empty(cooperative, tables)
    stage.copied += _seconds(cooperative, lambda: _copy_in(rows))
    stage.idle += _seconds(cooperative, lambda: generate(cooperative, at=SATURDAY, through=MONDAY))
    with _inside(cooperative):
        assert _count(rows) == sum(content.count(b"\n") for content in rows.values())
    _empty(cooperative, tables)
    stage.orders += orders
    stage.rows += sum(content.count(b"\n") for content in rows.values())


def _seconds(cooperative: "Cooperative", work: Callable[[], object]) -> float:
    """How long `work` takes inside the co-op, on a new session."""
    from coopcycle.db.base import sessions

    connection.close()
    sessions.close_idle()
    started = clock.perf_counter()
    with _inside(cooperative):
        work()
    return clock.perf_counter() - started


def _inside(cooperative: "Cooperative"):  # type: ignore[no-untyped-def]
    from tenants.context import in_cooperative

    return in_cooperative(cooperative)


def _open(number: int, rows: dict[str, bytes] | None = None) -> "Cooperative":
    """A new co-op, with the rows of another."""
    from coopcycle.db.owner import as_owner
    from tenants.provisioning import create_cooperative

    cooperative = create_cooperative(
        name=f"Bench {number}", slug=f"bench-{number}", country="FR", generation_horizon_days=1
    )
    if rows is not None:
        with as_owner(), _inside(cooperative), transaction.atomic():
            missing = {table: rows[table] for table in rows if not _has_rows(table)}
            _copy_in(missing)
            _count_on(list(missing))
    return cooperative


def _settle(rules: int) -> None:
    """Restaurants that want three things of two producers every weekday."""
    from accounts.models import Address, Business, Membership, User
    from orders.models import PriceList, ProducerTerms, Product
    from recurring.rules import weekly_rule
    from recurring.services import RuleDraft, RuleLineDraft, WindowDraft, create_standing_order

    user = User.objects.create(email="odile@example.org", name="Odile Morel")
    businesses = []
    for number in range(rules + 2):
        address = Address.objects.create(
            street=f"{number} rue Longue",
            city="Grenoble",
            country="FR",
            latitude=Decimal("45.18") + Decimal(number % 40) / 1000,
            longitude=Decimal("5.72") + Decimal(number % 30) / 1000,
        )
        kind = Business.Kind.RESTAURANT if number < rules else Business.Kind.PRODUCER
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
    for producer in businesses[rules:]:
        ProducerTerms.objects.create(producer=producer)
        products += [
            Product.objects.create(producer=producer, name=name, unit="kg", price_minor=320)
            for name in ("Tomatoes", "Apples")
        ]
    for buyer in businesses[:rules]:
        Membership.objects.create(business=buyer, user=user, level=Membership.Level.OWNER)
        draft = RuleDraft(
            name="Every weekday",
            kind="supply",
            rule=weekly_rule([1, 2, 3, 4, 5]),
            first_day=MONDAY,
            windows=(WindowDraft(time(8), 60),),
            lines=tuple(RuleLineDraft(product.pk, Decimal(3)) for product in products[:3]),
        )
        create_standing_order(draft, buyer=buyer, actor=user, at=SATURDAY, action_id=uuid.uuid4())


def _copied_out(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(_sql("COPY {} TO STDOUT", table)) as rows:
        return b"".join(rows)


def _copy_in(rows: dict[str, bytes]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in rows.items():
            with cursor.copy(_sql("COPY {} FROM STDIN", table)) as copy:
                copy.write(content)


def _empty(cooperative: "Cooperative", tables: list[str]) -> None:
    from coopcycle.db.owner import as_owner

    with as_owner(), _inside(cooperative), connection.cursor() as cursor:
        names = sql.SQL(", ").join(map(sql.Identifier, tables))
        cursor.execute(sql.SQL("TRUNCATE {}").format(names))


def _count_on(tables: list[str]) -> None:
    """Let identity columns go on after the rows that were copied in."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attidentity <> ''"
            " AND attrelid IN (SELECT oid FROM pg_class WHERE relname = ANY(%s)"
            " AND relnamespace = current_schema()::regnamespace)",
            [tables],
        )
        for table, column in cursor.fetchall():
            cursor.execute(
                sql.SQL(
                    "SELECT setval(pg_get_serial_sequence({}, {}), (SELECT max({}) FROM {}))"
                ).format(
                    sql.Literal(table),
                    sql.Literal(column),
                    sql.Identifier(column),
                    sql.Identifier(table),
                )
            )


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


def _not_needed_by(filled: Collection[str]) -> list[str]:
    """Tables to which nothing leads from the filled ones: those that generation fills."""
    needed, unread = set(filled), list(filled)
    with connection.cursor() as cursor:
        while unread:
            relations = connection.introspection.get_relations(cursor, unread.pop())
            found = {other for _column, other, *_ in relations.values()} - needed
            needed |= found
            unread += found
    return [table for table in _tables() if table not in needed]


def _has_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_sql("SELECT EXISTS (SELECT FROM {})", table))
        row = cursor.fetchone()
    return bool(row and row[0])


def _count(tables: dict[str, bytes]) -> int:
    found = 0
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(_sql("SELECT count(*) FROM {}", table))
            found += cursor.fetchone()[0]
    return found


def _sql(text: str, table: str) -> sql.Composed:
    return sql.SQL(text).format(sql.Identifier(table))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
