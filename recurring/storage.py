"""Occurrences in SQL: the exactly-once insert, which Django cannot say.

Django has no ON CONFLICT … WHERE … RETURNING.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, connection
from psycopg import errors
from psycopg.types.json import JsonbLoader

type Key = tuple[int, str]  # standing order, original start

_KNOWN = """
SELECT standing_order_id, original_start, state, reason, detail, news = ''
FROM json_to_recordset(%s) AS wanted (rule bigint, original text)
JOIN recurring_occurrence ON standing_order_id = rule AND original_start = original
"""
_RECORD = """
INSERT INTO recurring_occurrence AS known
    (standing_order_id, original_start, starts_at, version_id, state, reason, detail, left_out,
     order_id, news, wall_start, waits_until, generated_at)
SELECT standing_order_id, original_start, starts_at, version_id, state, reason, detail, left_out,
       order_id, 'new', wall_start, waits_until, %s
FROM json_to_recordset(%s) AS wanted
    (standing_order_id bigint, original_start text, starts_at timestamptz, version_id bigint,
     state text, reason text, detail text, left_out jsonb, order_id bigint,
     wall_start text, waits_until timestamptz)
ON CONFLICT (standing_order_id, original_start) DO UPDATE SET
    starts_at = excluded.starts_at, version_id = excluded.version_id, state = excluded.state,
    reason = excluded.reason, detail = excluded.detail, left_out = excluded.left_out,
    order_id = excluded.order_id, wall_start = excluded.wall_start,
    waits_until = excluded.waits_until,
    news = CASE WHEN known.state = 'held' AND excluded.state = 'held' THEN known.news ELSE 'new' END,
    generated_at = CASE WHEN known.state = 'held' AND excluded.state = 'held'
                   THEN known.generated_at ELSE excluded.generated_at END
WHERE (known.state = 'held' OR known.state IN ('skipped', 'failed') AND excluded.state <> 'missed')
    AND (excluded.state = 'generated' OR (known.state, known.reason, known.detail)
         IS DISTINCT FROM (excluded.state, excluded.reason, excluded.detail)
         OR known.state = 'held'
            AND (known.starts_at, known.version_id, known.left_out, known.waits_until)
            IS DISTINCT FROM (excluded.starts_at, excluded.version_id, excluded.left_out,
                              excluded.waits_until))
RETURNING standing_order_id, original_start
"""
_TAKE_NEWS = """
WITH told AS (
    UPDATE recurring_occurrence AS told SET news = '', told_prices = '{}'
    FROM (SELECT id, news, told_prices FROM recurring_occurrence WHERE news <> '' ORDER BY id
          FOR UPDATE) AS untold
    WHERE told.id = untold.id
    RETURNING told.*, untold.news AS mark, untold.told_prices AS former_prices
)
SELECT rule.id, rule.name, rule.timezone, rule.version, rule.buyer_id, buyer.name,
       told.version_id, told.original_start, told.starts_at, told.state, told.reason, told.detail,
       told.left_out, told.order_id, told.mark, told.waits_until, told.former_prices
FROM told
JOIN recurring_standingorder AS rule ON rule.id = told.standing_order_id
JOIN accounts_business AS buyer ON buyer.id = rule.buyer_id
ORDER BY told.starts_at, told.id
"""


class Untold(NamedTuple):
    """An occurrence that somebody is to be told of. `mark`: Occurrence.News."""

    standing_order_id: int
    name: str
    timezone: str
    revision: int
    buyer_id: int
    buyer: str
    version_id: int
    original_start: str
    starts_at: datetime
    state: str
    reason: str
    detail: str
    left_out: list[dict[str, str]]
    order_id: int | None
    mark: str
    waits_until: datetime | None
    former_prices: dict[str, Any]  # those that its buyer was told, where they are others now


class Known(NamedTuple):
    """What stands written of an original start."""

    state: str
    reason: str
    detail: str
    is_told: bool

    @property
    def verdict(self) -> tuple[str, str, str]:
        return self[:3]

    @property
    def was_asked(self) -> bool:
        """Whether somebody was told that it is theirs to decide what comes, or whether it comes."""
        if self.state == "held" or self.reason == "asked":
            return self.is_told
        return self.reason == "unanswered"


class OccurrenceRow(NamedTuple):
    """What generation has decided for one original start."""

    standing_order_id: int
    original_start: str
    starts_at: datetime
    version_id: int
    state: str
    reason: str
    detail: str = ""
    left_out: Sequence[dict[str, str]] = ()
    order_id: int | None = None  # of the order that is made next, in the same transaction
    wall_start: str = ""  # what `starts_at` was read off
    waits_until: datetime | None = None  # held: when somebody must have decided

    @property
    def key(self) -> Key:
        return self.standing_order_id, self.original_start

    @property
    def verdict(self) -> tuple[str, str, str]:
        """As the table keeps it."""
        return self.state, self.reason[:200], self.detail[:120]

    def as_json(self) -> dict[str, Any]:
        """By the names of the columns."""
        state, reason, detail = self.verdict
        return {
            "standing_order_id": self.standing_order_id,
            "original_start": self.original_start,
            "starts_at": self.starts_at.isoformat(),
            "version_id": self.version_id,
            "state": state,
            "reason": reason,
            "detail": detail,
            "left_out": self.left_out,
            "order_id": self.order_id,
            "wall_start": self.wall_start,
            "waits_until": self.waits_until.isoformat() if self.waits_until else None,
        }

    def differs_from(self, known: Known) -> bool:
        """Whether writing it would change something; the insert itself asks the same again."""
        is_open = known.state in ("skipped", "failed") and self.state != "missed"
        if not is_open and known.state != "held":
            return False
        return self.state == "generated" or self.verdict != known.verdict


def known_verdicts(keys: Collection[Key]) -> dict[Key, Known]:
    """What was decided before for these original starts.

    Only saves work: an idle run then writes nothing and takes no numbers.
    """
    if not keys:
        return {}
    wanted = [{"rule": rule, "original": original} for rule, original in keys]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [json.dumps(wanted)])
        return {(rule, original): Known._make(said) for rule, original, *said in cursor.fetchall()}


def record(rows: Sequence[OccurrenceRow], *, at: datetime) -> set[Key]:
    """Write the rows that are new; returns the keys of those written.

    A row that was generated, cancelled or missed stays as it is. What was skipped or failed may
    change its mind: a pause that ends, a product that is back. What waits ends in any way; while it
    goes on to wait, its row says what for now, and nobody is told again. Rows that name an order are
    checked for it at the commit.
    """
    if not rows:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [at, json.dumps([row.as_json() for row in rows])])
        return {(rule, original) for rule, original in cursor.fetchall()}


def lock_generation() -> None:
    """Wait until nobody else makes, changes or tells this co-op's dates; held to the end of the transaction.

    Two beats then don't do double work, and what is told is what stands. That each date is made
    once is the unique key's doing, not this lock's.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('recurring.generation'), "
            "hashtext(current_schema()))"
        )


def is_database_away(error: Exception) -> bool:
    """The session is gone. A statement that took too long is the fault of what it was for."""
    own_fault = (errors.QueryCanceled, errors.DeadlockDetected, errors.LockNotAvailable)
    return isinstance(error, OperationalError | InterfaceError) and not isinstance(
        error.__cause__, own_fault
    )


def database_now() -> datetime:
    """The one clock that all workers share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


def take_news() -> list[Untold]:
    """Occurrences that somebody is to be told of, in order; their mark is taken off.

    Whoever runs at the same time waits for the rows, and finds them told.
    """
    with connection.cursor() as cursor:
        cursor.adapters.register_loader("jsonb", JsonbLoader)  # Django leaves JSON as text
        cursor.execute(_TAKE_NEWS)
        return [Untold._make(row) for row in cursor.fetchall()]
