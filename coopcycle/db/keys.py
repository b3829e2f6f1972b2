"""The keys that encrypt a co-op's secrets at rest, and how they are kept.

Each schema has data keys of its own in `coopcycle_datakey`, wrapped (AES-SIV) by the master key
of the installation, which is in the environment only: the database, a backup or a dump opens
nothing by itself. A row is bound to the schema that it is in, so that A's key put into B's table
opens nothing there; without its key a value is gone for good.

A ring of opened keys is kept in the process for a few minutes. Keys are made and changed by the
owner alone (opening a co-op, `migrate`, `rotate_keys`); a co-op's login may only read its own.
"""

import base64
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction

MOST_RINGS = 256  # co-ops whose keys a process holds open
_REMEMBER_SECONDS = 300.0
_MARK = "k"  # an encrypted value reads k<number>.<base64 of nonce and ciphertext>
_NONCE = 12


class KeyMissingError(Exception):
    """There is no key here that opens this, or none to encrypt with."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The opened keys of one schema. New values take the newest; older ones are still read.

    `scopes` goes into the associated data of the values of each key: it stays when the schema
    gets another name.
    """

    ciphers: Mapping[int, AESGCM]
    scopes: Mapping[int, str]

    @property
    def newest(self) -> int:
        return max(self.ciphers)

    def seal(self, text: str, place: str) -> str:
        """Encrypt a text for one place (`table.column`): elsewhere it can't be opened."""
        number, nonce = self.newest, os.urandom(_NONCE)
        sealed = self.ciphers[number].encrypt(nonce, text.encode(), self._bound(number, place))
        return f"{_MARK}{number}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, value: str, place: str) -> str:
        """Raises KeyMissingError for what was not sealed here, by one of these keys, as it is."""
        number = key_number(value)
        if number not in self.ciphers:
            raise KeyMissingError(f"The key of {place} is not here.")
        content = base64.b64decode(value.partition(".")[2])
        try:
            return (
                self.ciphers[number]
                .decrypt(content[:_NONCE], content[_NONCE:], self._bound(number, place))
                .decode()
            )
        except InvalidTag:
            raise KeyMissingError(f"A value of {place} was moved or changed.") from None

    def _bound(self, number: int, place: str) -> bytes:
        return f"{self.scopes[number]}\0{place}".encode()


def key_number(value: str) -> int:
    """Which key an encrypted value names; 0 for what is not encrypted."""
    head, dot, _rest = value.partition(".")
    is_ours = dot and head.startswith(_MARK) and head[1:].isascii() and head[1:].isdigit()
    return int(head[1:]) if is_ours else 0


# --- the open rings of this process ---------------------------------------------------------------
_rings: "OrderedDict[str, tuple[float, KeyRing]]" = OrderedDict()
_lock = threading.Lock()


def current_ring() -> KeyRing:
    """The keys of the active schema. Raises KeyMissingError when there are none."""
    schema = _active_schema()
    known = _rings.get(schema)
    if known and known[0] > time.monotonic():
        return known[1]
    return reload_ring()


def reload_ring() -> KeyRing:
    """Read the keys again: one of another process may be newer."""
    from coopcycle.models import DataKey

    schema = _active_schema()
    rows = list(DataKey.objects.all())
    if not rows:
        raise KeyMissingError(f"{schema} has no key. `manage.py migrate` makes it.")
    ring = KeyRing(
        {row.number: AESGCM(unwrap(row.wrapped, row.binding(schema), row.master)) for row in rows},
        {row.number: row.scope for row in rows},
    )
    if not _was_changed_in_this_transaction(schema):  # it may still be rolled back
        with _lock:
            _rings[schema] = time.monotonic() + _REMEMBER_SECONDS, ring
            _rings.move_to_end(schema)
            while len(_rings) > MOST_RINGS:
                _rings.popitem(last=False)
    return ring


def forget_rings() -> None:
    """Read all keys from the database again."""
    with _lock:
        _rings.clear()


def make_key(*, at: datetime) -> int:
    """A new key for the active schema, and its number; the ones before are retired. As the owner."""
    from coopcycle.models import DataKey

    schema = _active_schema()
    with transaction.atomic():
        numbers = DataKey.objects.select_for_update().values_list("number", flat=True)
        row = DataKey(number=max(numbers, default=0) + 1, scope=schema, created_at=at)
        row.wrapped = wrap(AESGCM.generate_key(256), row.binding(schema))
        row.master = master_name()
        row.save(force_insert=True)
        DataKey.objects.exclude(number=row.number).filter(retired_at=None).update(retired_at=at)
        note_change(schema)
    return row.number


def note_change(schema: str) -> None:
    """The keys of `schema` change in this transaction: nobody keeps them before it has committed."""
    with _lock:
        _rings.pop(schema, None)
    transaction.on_commit(_Changed(schema))


class _Changed:
    """Waits among the transaction's callbacks, and is gone with it when it is rolled back."""

    def __init__(self, schema: str) -> None:
        self.schema = schema

    def __call__(self) -> None:
        with _lock:
            _rings.pop(self.schema, None)


def _was_changed_in_this_transaction(schema: str) -> bool:
    return any(
        isinstance(function, _Changed) and function.schema == schema
        for _sids, function, *_ in connection.run_on_commit
    )


def _active_schema() -> str:
    schema: str | None = getattr(connection, "schema_name", None)
    if schema is None:
        raise KeyMissingError("No schema is chosen.")
    return schema


# --- the master key --------------------------------------------------------------------------------
def wrap(key: bytes, binding: bytes) -> str:
    """A data key as the table keeps it, under the present master key. The same one looks the same."""
    sealed = AESSIV(_derived(settings.DATA_MASTER_KEY, "wrap")).encrypt(key, [binding])
    return base64.b64encode(sealed).decode()


def unwrap(wrapped: str, binding: bytes, master: str) -> bytes:
    """The data key again. `master` names the master key that wrapped it, present or former."""
    for text in (settings.DATA_MASTER_KEY, *settings.DATA_MASTER_KEYS_FORMER):
        if master_name(text) == master:
            try:
                cipher = AESSIV(_derived(text, "wrap"))
                return cipher.decrypt(base64.b64decode(wrapped), [binding])
            except InvalidTag:
                raise KeyMissingError("This key was wrapped for another co-op.") from None
    raise KeyMissingError(
        "The master key that wrapped this key is not in DATA_MASTER_KEY or DATA_MASTER_KEYS_FORMER."
    )


def master_name(text: str = "") -> str:
    """How rows name a master key without telling anything of it."""
    return _derived(text or settings.DATA_MASTER_KEY, "name").hex()[:16]


@cache
def _derived(text: str, use: str) -> bytes:
    """64 bytes of a long random text; a key for one use tells nothing of another's."""
    info = f"coopcycle data master key: {use}".encode()
    return HKDF(SHA256(), 64, salt=None, info=info).derive(text.encode())
