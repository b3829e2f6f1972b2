"""The exactly-once insert of occurrences, in SQL: Django has no ON CONFLICT … WHERE … RETURNING."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

_RECORD = """
INSERT INTO recurring_occurrence AS known
    (standing_order_id, original_start, starts_at, version_id, state, reason, detail, left_out,
     generated_at)
SELECT wanted.*, '[]'::jsonb, %s
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[],
            %s::text[]) AS wanted (rule, original, starts, version, state, reason, detail)
ON CONFLICT (standing_order_id, original_start) DO UPDATE SET
    starts_at = excluded.starts_at, version_id = excluded.version_id, state = excluded.state,
    reason = excluded.reason, detail = excluded.detail, generated_at = excluded.generated_at
WHERE known.state IN ('skipped', 'failed') AND excluded.state <> 'missed'
    AND (excluded.state = 'claimed' OR (known.state, known.reason, known.detail)
         IS DISTINCT FROM (excluded.state, excluded.reason, excluded.detail))
RETURNING id, standing_order_id, original_start
"""
_LINK = """
UPDATE recurring_occurrence AS known
SET state = 'generated', order_id = made.order_id, left_out = made.left_out::jsonb
FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS made (id, order_id, left_out)
WHERE known.id = made.id
"""


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """What generation has decided for one original start, before its order exists."""

    standing_order_id: int
    original_start: str
    starts_at: datetime
    version_id: int
    state: str
    reason: str
    detail: str = ""

    @property
    def key(self) -> tuple[int, str]:
        return self.standing_order_id, self.original_start


def record(rows: Sequence[OccurrenceRow], *, at: datetime) -> dict[tuple[int, str], int]:
    """Write the rows that are new; returns the ids of those written, by key.

    A row that was generated, cancelled or missed stays as it is. What was skipped or failed may
    change its mind: a pause that ends, a product that is back.
    """
    if not rows:
        return {}
    columns: list[list[Any]] = [
        [row.standing_order_id for row in rows],
        [row.original_start for row in rows],
        [row.starts_at for row in rows],
        [row.version_id for row in rows],
        [row.state for row in rows],
        [row.reason[:200] for row in rows],
        [row.detail[:120] for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [at, *columns])
        return {(rule, original): pk for pk, rule, original in cursor.fetchall()}


def link(made: Sequence[tuple[int, int, list[dict[str, str]]]]) -> None:
    """Give occurrences (by id) their orders, and say which lines were left out."""
    if made:
        columns: list[list[Any]] = [
            [pk for pk, _order, _left_out in made],
            [order for _pk, order, _left_out in made],
            [json.dumps(left_out) for _pk, _order, left_out in made],
        ]
        with connection.cursor() as cursor:
            cursor.execute(_LINK, columns)


def lock_generation() -> None:
    """Wait until no other generator works on this co-op; held to the end of the transaction.

    Two beats then don't do double work. What makes it right is the unique key.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('recurring.generation'), "
            "hashtext(current_schema()))"
        )


def database_now() -> datetime:
    """The one clock that all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]
