"""Occurrences in SQL: the exactly-once insert, which Django cannot say.

Django has no ON CONFLICT … WHERE … RETURNING.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

type Key = tuple[int, str]  # standing order, original start

_KNOWN = """
SELECT standing_order_id, original_start, state, reason, detail
FROM unnest(%s::bigint[], %s::text[]) AS wanted (rule, original)
JOIN recurring_occurrence ON standing_order_id = rule AND original_start = original
"""
_RECORD = """
INSERT INTO recurring_occurrence AS known
    (standing_order_id, original_start, starts_at, version_id, state, reason, detail, left_out,
     order_id, news, generated_at)
SELECT rule, original, starts, version, state, reason, detail, left_out::jsonb, order_id, 'new', %s
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::bigint[], %s::text[], %s::text[],
            %s::text[], %s::text[], %s::bigint[])
     AS wanted (rule, original, starts, version, state, reason, detail, left_out, order_id)
ON CONFLICT (standing_order_id, original_start) DO UPDATE SET
    starts_at = excluded.starts_at, version_id = excluded.version_id, state = excluded.state,
    reason = excluded.reason, detail = excluded.detail, left_out = excluded.left_out,
    order_id = excluded.order_id, news = 'new', generated_at = excluded.generated_at
WHERE known.state IN ('skipped', 'failed') AND excluded.state <> 'missed'
    AND (excluded.state = 'generated' OR (known.state, known.reason, known.detail)
         IS DISTINCT FROM (excluded.state, excluded.reason, excluded.detail))
RETURNING standing_order_id, original_start
"""
_TAKE_NEWS = """
UPDATE recurring_occurrence AS told SET news = ''
FROM (SELECT id, news FROM recurring_occurrence WHERE news <> '' ORDER BY id FOR UPDATE)
     AS untold
WHERE told.id = untold.id
RETURNING told.id, untold.news
"""


@dataclass(frozen=True, slots=True)
class OccurrenceRow:
    """What generation has decided for one original start."""

    standing_order_id: int
    original_start: str
    starts_at: datetime
    version_id: int
    state: str
    reason: str
    detail: str = ""
    left_out: list[dict[str, str]] = field(default_factory=list)
    order_id: int | None = None  # of the order that is made next, in the same transaction

    @property
    def key(self) -> Key:
        return self.standing_order_id, self.original_start

    @property
    def verdict(self) -> tuple[str, str, str]:
        """As the table keeps it."""
        return self.state, self.reason[:200], self.detail[:120]

    def differs_from(self, known: tuple[str, str, str] | None) -> bool:
        """Whether writing it would change something; the insert itself asks the same again."""
        if known is None:
            return True
        if known[0] not in ("skipped", "failed") or self.state == "missed":
            return False
        return self.state == "generated" or self.verdict != known


def known_verdicts(keys: Collection[Key]) -> dict[Key, tuple[str, str, str]]:
    """What was decided before for these original starts.

    Only saves work: an idle run then writes nothing and takes no numbers.
    """
    if not keys:
        return {}
    columns: list[list[Any]] = [
        [rule for rule, _original in keys],
        [original for _rule, original in keys],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, columns)
        return {
            (rule, original): (state, reason, detail)
            for rule, original, state, reason, detail in cursor.fetchall()
        }


def record(rows: Sequence[OccurrenceRow], *, at: datetime) -> set[Key]:
    """Write the rows that are new; returns the keys of those written.

    A row that was generated, cancelled or missed stays as it is. What was skipped or failed may
    change its mind: a pause that ends, a product that is back. Rows that name an order are checked
    for it at the commit.
    """
    if not rows:
        return set()
    verdicts = [row.verdict for row in rows]
    columns: list[list[Any]] = [
        [row.standing_order_id for row in rows],
        [row.original_start for row in rows],
        [row.starts_at for row in rows],
        [row.version_id for row in rows],
        *map(list, zip(*verdicts, strict=True)),
        [json.dumps(row.left_out) for row in rows],
        [row.order_id for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [at, *columns])
        return {(rule, original) for rule, original in cursor.fetchall()}


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


def take_news() -> dict[int, str]:
    """Ids of occurrences that somebody is to be told of, with their mark, which is taken off.

    Whoever runs at the same time waits for the rows, and finds them told.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEWS)
        return dict(cursor.fetchall())
