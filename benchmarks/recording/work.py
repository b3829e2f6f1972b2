"""A process that writes stops with and without the triggers of the audit trail, in turns.

    python -m benchmarks.recording.work STOPS ROUNDS

Its last line is JSON: {way: {"with": seconds, "without": seconds}, …}, the median of all rounds.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import django
from django.core.management import call_command
from django.db import connection, transaction

if TYPE_CHECKING:
    from dispatch.models import Delivery, Task
    from tenants.models import Cooperative

AFTER = datetime(2026, 6, 8, 6, tzinfo=UTC)


class StopRow(NamedTuple):
    delivery_id: int
    kind: str
    address_id: int
    place: str
    contact: str
    phone: str
    day: date
    after: datetime
    before: datetime
    load: str
    weight_grams: int
    instructions: str


def main(stops: int, rounds: int) -> None:
    django.setup()
    call_command("migrate_schemas", verbosity=0)
    cooperative = _open()
    taken: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds + 1):
        for recorded in ("with", "without"):
            with _triggers(cooperative, are_on=recorded == "with"), _inside(cooperative):
                for way, seconds in _once(stops):
                    if number:  # the first round warms up
                        taken[way][recorded].append(seconds)
    print(
        json.dumps(
            {
                way: {recorded: median(times) for recorded, times in both.items()}
                for way, both in taken.items()
            }
        )
    )


def _once(stops: int) -> Iterator[tuple[str, float]]:
    """Each way of writing, on rows of its own; all of it is removed at the end."""
    from accounts.models import Address, Business
    from coopcycle.current import acting
    from coopcycle.db.bulk import copy_rows
    from dispatch.models import Delivery, Task

    address = Address.objects.create(
        street="1 rue", city="Grenoble", latitude="45.18", longitude="5.72"
    )
    sender = Business.objects.create(name=f"Sender {address.pk}", address=address)
    delivery = Delivery.objects.create(sender=sender, recipient_name="Odile", created_at=AFTER)
    rows = [_row(delivery, n) for n in range(stops)]
    single = _task(rows[0])
    with acting(actor_id=1, request_id="0" * 20):
        yield "COPY", _timed(lambda: copy_rows(Task, rows))
        objects = [_task(row) for row in rows]
        yield "bulk_create", _timed(lambda: Task.objects.bulk_create(objects))
        both = Task.objects.filter(delivery=delivery)
        yield "update()", _timed(lambda: both.update(load="2 crates"))
        yield "save()", _timed(single.save)
        yield "delete()", _timed(lambda: both.filter(pk=single.pk).delete())
    both.delete()


def _row(delivery: "Delivery", number: int) -> StopRow:
    return StopRow(
        delivery_id=delivery.pk,
        kind="DROPOFF",
        address_id=delivery.sender.address_id,
        place=f"Restaurant {number}",
        contact="Odile Morel",
        phone="+33 6 00 00 00 00",
        day=AFTER.date(),
        after=AFTER + timedelta(minutes=number % 600),
        before=AFTER + timedelta(minutes=90 + number % 600),
        load="12 kg, 2 crates",
        weight_grams=12_000,
        instructions="Kitchen door, ring twice",
    )


def _task(row: StopRow) -> "Task":
    from dispatch.models import Task

    return Task(**row._asdict())


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        work()
    return time.perf_counter() - started


def _open() -> "Cooperative":
    from tenants.provisioning import create_cooperative

    return create_cooperative(name="Bench", slug="bench", country="FR")


def _inside(cooperative: "Cooperative") -> Any:
    from tenants.context import in_cooperative

    return in_cooperative(cooperative)


@contextmanager
def _triggers(cooperative: "Cooperative", *, are_on: bool) -> Iterator[None]:
    from coopcycle.db.owner import as_owner

    table = f"{cooperative.schema_name}.dispatch_task"
    word = "ENABLE" if are_on else "DISABLE"
    with as_owner(), connection.cursor() as cursor:
        for operation in ("insert", "update", "delete"):
            cursor.execute(f"ALTER TABLE {table} {word} TRIGGER audit_{operation}")
        cursor.execute(f"ANALYZE {table}")
    yield


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
