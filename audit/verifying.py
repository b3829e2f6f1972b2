"""Walks the chain and compares each event with what was sealed of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from audit import digests
from audit.models import Seal
from audit.pruning import KEPT_FOR
from audit.sealing import in_trail
from tenants.context import in_federation
from tenants.models import Cooperative, TrailEnd

_ROWS = {Seal.Log.EVENT: digests.EVENT_ROWS, Seal.Log.SECURITY: digests.SECURITY_ROWS}
_TABLES = {Seal.Log.EVENT: "audit_event", Seal.Log.SECURITY: "audit_securityevent"}
_ERASURES = {
    "altered": "was altered after its erasure",
    "unsaid": "was emptied, and no erasure says so",
}
_SCOPE = " WHERE id > %s AND id <= %s AND xact >= %s AND xact < %s ORDER BY id"
_LAST = 2**63 - 1
_SEALED_WITHIN = timedelta(hours=6)  # longer than any transaction may be open


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a trail is not what was sealed. `words` say which, for people."""

    log: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of looking at one trail."""

    events: int  # compared with their digests
    pruned: int  # whose time was over: only their seals are left
    waiting: int  # not sealed yet
    broken: Break | None


class _BrokenError(Exception):
    """Ends the walk at the first break."""


def verify(cooperative: Cooperative | None, *, at: datetime | None = None) -> Verdict:
    """Whether nothing of a trail was altered, removed, added or cut off. None: the federation's."""
    at = at or timezone.now()
    with in_trail(cooperative) as schema:
        noted = _noted_ends(schema)
        seen = pruned = waiting = 0
        for log in Seal.Log:
            walk = _Walk(log, at)
            try:
                walk.all_seals(noted.get(log))
            except _BrokenError as problem:
                return Verdict(seen + walk.seen, pruned, waiting, Break(log, str(problem)))
            seen, pruned = seen + walk.seen, pruned + walk.pruned
            waiting += walk.waiting
    return Verdict(seen, pruned, waiting, None)


def _noted_ends(schema: str) -> Mapping[str, tuple[int, bytes]]:
    with in_federation():
        return {
            end.log: (end.number, bytes(end.root)) for end in TrailEnd.objects.filter(schema=schema)
        }


class _Walk:
    """One log's seals, in order."""

    def __init__(self, log: Seal.Log, at: datetime) -> None:
        self.log, self.at = log, at
        self.seen = self.pruned = self.waiting = 0

    def all_seals(self, noted: tuple[int, bytes] | None) -> None:
        before, number = b"", 0
        for seal, upto in self._with_bounds():
            number += 1
            if seal.number != number:
                raise _BrokenError(f"seal {number} is missing")
            self._one_seal(seal, before, upto)
            before = bytes(seal.root)
            if noted and noted[0] == number and noted[1] != before:
                raise _BrokenError(f"seal {number} is not the one that was noted outside")
        if noted and noted[0] > number:
            raise _BrokenError(
                f"the end is cut off: seal {number + 1} is missing, and {noted[0]} were made"
            )
        self._rest()

    def _with_bounds(self) -> Iterator[tuple[Seal, int]]:
        """Each seal with the last id of its epoch: after a restore transactions count anew."""
        starts = sorted(set(self._seals().values_list("above_id", flat=True)))
        upto = dict(pairwise([*starts, _LAST]))
        for seal in self._seals().iterator(chunk_size=20):
            yield seal, upto[seal.above_id]

    def _seals(self) -> QuerySet[Seal]:
        return Seal.objects.filter(log=self.log).order_by("number")

    def _one_seal(self, seal: Seal, before: bytes, upto: int) -> None:
        if digests.root_of(seal, before) != bytes(seal.root):
            raise _BrokenError(f"seal {seal.number} was altered, or one before it")
        rows = list(_rows(self.log, (seal.above_id, upto, seal.from_xact, seal.to_xact)))
        if seal.amount and not rows and seal.pruned_at is None:
            seal.refresh_from_db(fields=["pruned_at"])  # the night may have been here meanwhile
        if seal.pruned_at is not None:
            self._pruned_seal(seal, rows)
        elif digests.content_of(seal) != bytes(seal.content):
            raise _BrokenError(f"seal {seal.number} was altered: its list of events")
        else:
            self._compare(seal, dict(digests.digests_of(seal)), {row.id: row for row in rows})

    def _pruned_seal(self, seal: Seal, rows: Iterable[digests.Row]) -> None:
        if seal.newest_at > self.at - KEPT_FOR[seal.log]:
            raise _BrokenError(f"the events of seal {seal.number} were removed before their time")
        if row := next(iter(rows), None):
            raise _BrokenError(f"{self._name(row)} was added later")
        self.pruned += seal.amount

    def _compare(
        self, seal: Seal, sealed: Mapping[int, bytes], rows: Mapping[int, digests.Row]
    ) -> None:
        for event_id in sorted(sealed.keys() | rows.keys()):
            row = rows.get(event_id)
            if row is None:
                raise _BrokenError(f"event {event_id} is missing (sealed {seal.sealed_at:%F %R})")
            if event_id not in sealed:
                raise _BrokenError(f"{self._name(row)} was added later")
            if row.digest != sealed[event_id]:
                raise _BrokenError(f"{self._name(row)} was altered")
            if row.erasure:
                raise _BrokenError(f"{self._name(row)} {_ERASURES[row.erasure]}")
            self.seen += 1

    def _rest(self) -> None:
        """What is not sealed yet must be young: else the job stands still."""
        last = self._seals().last()
        scope = (last.above_id, _LAST, last.to_xact, _LAST) if last else (0, _LAST, 0, _LAST)
        oldest = None
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), min(at) FROM {_TABLES[self.log]}"  # noqa: S608 - one of two
                " WHERE id > %s AND id <= %s AND xact >= %s AND xact < %s",
                scope,
            )
            self.waiting, oldest = cursor.fetchone()
        if oldest and oldest < self.at - _SEALED_WITHIN:
            raise _BrokenError(
                f"events since {oldest:%F %R} were never sealed: the job stands still"
            )

    def _name(self, row: digests.Row) -> str:
        about = f" ({row.kind} {row.row_id})" if row.row_id else f" ({row.kind})"
        return f"event {row.id}{about}"


def _rows(log: Seal.Log, scope: tuple[int, ...]) -> Iterator[digests.Row]:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS[log] + _SCOPE, scope)
        for found in cursor.fetchall():
            yield digests.Row._make([*found[:-1], bytes(found[-1])])
