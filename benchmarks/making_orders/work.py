"""A process that makes a day's orders in one co-op, in ten, in all, each beside COPY of its rows.

    python -m benchmarks.making_orders.work CO-OPS RULES

Its last line is JSON: {"stages": [{"cooperatives", "rows", "orders", "made", "made_cpu", "copied", …,
"peak_mb"}, …]}, times in seconds. Every measure begins on a session of its own, as a worker's does.
"""

import json
import resource
import sys
import time as clock
import uuid
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import django
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

if TYPE_CHECKING:
    from accounts.models import Business, User
    from orders.models import Product
    from recurring.services import RuleDraft
    from tenants.models import Cooperative

STAGES = (1, 10, 30, 110)
SATURDAY = datetime(2026, 6, 6, 9, tzinfo=UTC)
MONDAY = date(2026, 6, 8)  # the day whose orders are made
_LINES = (1, 3, 5, 2, 4)  # of a standing order, in turns
_NOTE = "Kitchen door"
_PRODUCERS = (1, 2, 3, 2, 2)


@dataclass(slots=True)
class Stage:
    """What a number of co-ops took."""

    cooperatives: int
    rows: int = 0
    orders: int = 0
    made: float = 0  # seconds: expansion, prices, orders, stops, messages, all committed
    made_cpu: float = 0  # of which this process and its backend were at work
    copied: float = 0  # seconds: the same rows by COPY into the same empty tables
    copied_cpu: float = 0
    idle: float = 0  # seconds: the next tick, which finds everything made
    idle_cpu: float = 0
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

    make = partial(generate, cooperative, at=SATURDAY, through=MONDAY)
    made = _time(cooperative, make)
    with _inside(cooperative):
        rows = {table: _copied_out(table) for table in tables if _has_rows(table)}
        orders = rows["orders_order"].count(b"\n")
        assert orders == rules, f"{orders} orders"
    _empty(cooperative, tables)
    copied = _time(cooperative, partial(_copy_in, rows))
    idle = _time(cooperative, make)
    with _inside(cooperative):
        assert _count(rows) == sum(content.count(b"\n") for content in rows.values())
    _empty(cooperative, tables)
    stage.made, stage.made_cpu = stage.made + made.wall, stage.made_cpu + made.cpu
    stage.copied, stage.copied_cpu = stage.copied + copied.wall, stage.copied_cpu + copied.cpu
    stage.idle, stage.idle_cpu = stage.idle + idle.wall, stage.idle_cpu + idle.cpu
    stage.orders += orders
    stage.rows += sum(content.count(b"\n") for content in rows.values())


class _Time(NamedTuple):
    """Seconds by the clock, and of them those in which our processor time went."""

    wall: float
    cpu: float


def _time(cooperative: "Cooperative", work: Callable[[], object]) -> _Time:
    """How long `work` takes inside the co-op, on a new session."""
    from coopcycle.db.base import sessions

    connection.close()
    sessions.close_idle()
    started, worked = clock.perf_counter(), clock.process_time()
    with _inside(cooperative):
        work()
        wall, cpu = clock.perf_counter() - started, clock.process_time() - worked
        return _Time(wall, cpu + _backend_seconds())


def _backend_seconds() -> float:
    """Processor time of this session's backend since it began; Linux tells."""
    pid = connection.connection.info.backend_pid
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


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
        with _inside(cooperative):
            _seal_anew()
    return cooperative


def _settle(rules: int) -> None:
    """Restaurants that want one to five things of one to three producers, each on its own days.

    All want something on Monday. No two of them ask for the same, so that nothing that is worked
    out for one serves all.
    """
    from accounts.models import Membership, User
    from orders.models import PriceList
    from recurring.services import create_standing_order

    user = User.objects.create(email="odile@example.org", name="Odile Morel")
    PriceList.objects.create(
        currency="EUR",
        base_minor=600,
        extra_pickup_minor=150,
        per_km_minor=80,
        valid_from=date(2026, 1, 1),
    )
    producers = max(2, rules // 10)
    products = [_products(_business(rules + n, "producer"), user) for n in range(producers)]
    for number in range(rules):
        buyer = _business(number, "restaurant")
        Membership.objects.create(business=buyer, user=user, level=Membership.Level.OWNER)
        draft = _wish(number, products)
        create_standing_order(draft, buyer=buyer, actor=user, at=SATURDAY, action_id=uuid.uuid4())


def _seal_anew() -> None:
    """Door codes and notes that came with another co-op's rows are sealed with its key: write them
    again."""
    from accounts.models import Address
    from recurring.models import RuleVersion

    doors = Address.objects.exclude(instructions="").values_list("pk", "street")
    addresses = [Address(pk=pk, instructions=_door(int(street.split()[0]))) for pk, street in doors]
    Address.objects.bulk_update(addresses, ["instructions"])
    RuleVersion.objects.exclude(note="").update(note=_NOTE)


def _door(number: int) -> str:
    return f"Ring at {number}" if number % 3 == 0 else ""


def _business(number: int, kind: str) -> "Business":
    from accounts.models import Address, Business

    address = Address.objects.create(
        street=f"{number} rue Longue",
        city="Grenoble",
        country="FR",
        latitude=Decimal("45.18") + Decimal(number % 41) / 1000,
        longitude=Decimal("5.72") + Decimal(number % 31) / 1000,
        instructions=_door(number),
    )
    return Business.objects.create(name=f"Business {number}", kind=kind, address=address)


def _products(producer: "Business", owner: "User") -> list["Product"]:
    """Ten things with prices and weights of their own; each producer closes its list when it likes."""
    from accounts.models import Membership
    from orders.models import ProducerTerms, Product

    Membership.objects.create(business=producer, user=owner, level=Membership.Level.OWNER)
    ProducerTerms.objects.create(producer=producer, cutoff_time=time(12 + producer.pk % 8))
    return [
        Product.objects.create(
            producer=producer,
            name=f"Good {producer.pk}-{n}",
            unit=Product.Unit.KG if n % 2 else Product.Unit.PIECE,
            price_minor=150 + 37 * n,
            unit_weight_grams=200 + 150 * n,
        )
        for n in range(10)
    ]


def _wish(number: int, products: list[list["Product"]]) -> "RuleDraft":
    """Monday and other days, a window of its own; three lines of two producers on an average."""
    from recurring.rules import weekly_rule
    from recurring.services import RuleDraft, RuleLineDraft, WindowDraft

    wanted = [
        products[(number + 3 * (n % _PRODUCERS[number % 5])) % len(products)][(number + 7 * n) % 10]
        for n in range(_LINES[number % 5])
    ]
    lines = [
        RuleLineDraft(product.pk, Decimal(2 + number % 9 + n) / 2)
        for n, product in enumerate(wanted)
    ]
    return RuleDraft(
        name=f"Week of {number}",
        kind="supply",
        rule=weekly_rule(sorted({1, 1 + number % 5, 1 + number // 5 % 5, 1 + number // 25 % 5})),
        first_day=MONDAY - timedelta(weeks=1 + number % 50),
        windows=(WindowDraft(time(6 + number % 10, 5 * (number % 12)), 45 + 15 * (number % 4)),),
        lines=tuple(lines),
        note=_NOTE if number % 4 == 0 else "",
    )


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
    """Without the audit trail's: it is written by triggers, also while rows are copied."""
    names = connection.introspection.table_names()
    return sorted(name for name in names if not name.startswith("audit_"))


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
