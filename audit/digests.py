"""The hashes of the chain, computed here once more: a proof must not ask whom it proves.

The statements are those of the functions in audit/migrations: change neither without the other.
"""

import hashlib
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from audit.models import Seal

# In the chain's order: id, time, transaction, what is wrong with its erasure, kind, row, digest.
_TIME = "(extract(epoch FROM at) * 1000000)::bigint"
_CONTENT = "sha256(convert_to(concat_ws('|', event.salt::text, event.reason, event.changes::text), 'UTF8'))"
# The last erasure that lists an event says the hash of what it left. One from before erasures listed
# anything ("#kept") says no more than which columns it emptied. No erasure is ever erased itself.
_ERASURE = f"""
CASE WHEN erased_hash IS NULL THEN '' WHEN operation = 'E' THEN 'altered' ELSE coalesce(
    (SELECT CASE told.changes #>> ARRAY['#kept', event.id::text] WHEN encode({_CONTENT}, 'hex') THEN '' ELSE 'altered' END
     FROM audit_event told
     WHERE told.kind = event.kind AND told.row_id = event.row_id AND told.id > event.id AND told.operation = 'E'
         AND told.changes -> '#kept' ? event.id::text
     ORDER BY told.id DESC LIMIT 1),
    (SELECT '' FROM audit_event told
     WHERE told.kind = event.kind AND told.row_id = event.row_id AND told.id > event.id AND told.operation = 'E'
         AND NOT told.changes ? '#kept' LIMIT 1),
    'unsaid') END
"""  # noqa: S608 - no value of anybody's is in it
EVENT_ROWS = f"""
SELECT id, {_TIME}, xact, {_ERASURE}, kind, row_id, sha256(
    convert_to(concat_ws('|', id, {_TIME}, xact, kind, row_id, coalesce(parent_id::text, '-'), operation,
        coalesce(actor_id::text, '-'), request_id, login), 'UTF8')
    || coalesce(erased_hash, {_CONTENT}))
FROM audit_event event
"""  # noqa: S608 - no value of anybody's is in it
SECURITY_ROWS = f"""
SELECT id, {_TIME}, xact, '', kind, 0, sha256(
    convert_to(concat_ws('|', id, {_TIME}, xact, kind, coalesce(user_id::text, '-'), coalesce(about_id::text, '-'),
        coalesce(host(address), '-'), request_id, rule, details::text), 'UTF8'))
FROM audit_securityevent
"""  # noqa: S608 - no value of anybody's is in it


class Row(NamedTuple):
    """One event as it stands in its table now."""

    id: int
    at: int  # microseconds
    xact: int
    erasure: str  # what is wrong with it: altered, unsaid or nothing
    kind: str
    row_id: int
    digest: bytes


def digests_of(seal: Seal) -> Iterator[tuple[int, bytes]]:
    """The events that a seal names, with the digest that each had. Nothing once it is pruned."""
    ids, digests = bytes(seal.event_ids or b""), bytes(seal.digests or b"")
    for number, (found,) in enumerate(struct.iter_unpack(">q", ids)):
        yield found, digests[32 * number : 32 * number + 32]


def content_of(seal: Seal) -> bytes:
    """The hash of a seal's ids and digests."""
    return hashlib.sha256(bytes(seal.event_ids or b"") + bytes(seal.digests or b"")).digest()


def root_of(seal: Seal, previous: bytes) -> bytes:
    """The hash of a seal and, through `previous`, of all before it."""
    facts = (
        seal.log,
        seal.number,
        seal.above_id,
        seal.from_xact,
        seal.to_xact,
        seal.amount,
        _microseconds(seal.newest_at),
    )
    return hashlib.sha256(
        previous + bytes(seal.content) + "|".join(map(str, facts)).encode()
    ).digest()


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds
