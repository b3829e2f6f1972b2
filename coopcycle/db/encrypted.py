"""A text that stands in the database only as ciphertext: door codes, secrets of providers.

    instructions = EncryptedTextField(_("how to get in"), place="accounts_address.instructions")

It can be read and written like any text, and not be searched: ciphertexts of the same text differ.
Empty stays empty, so that `filter(instructions="")` works.
"""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldError
from django.db import DataError, models
from django.db.models.lookups import Exact

from coopcycle.db.keys import KeyMissingError, current_ring, key_number, reload_ring


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # Django has no type arguments here
    """`place` is bound into each value, so that it can't be moved to another column.

    It is named `table.column` at birth, and stays when either is renamed. `max_length` counts the
    characters of the text, not of what is stored.
    """

    def __init__(self, *args: Any, place: str, **kwargs: Any) -> None:
        self.place = place
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "place": self.place}

    def sealed(self, text: str | None) -> str | None:
        """What the table keeps of a text."""
        return self.sealer()(text) if text else text

    def sealer(self) -> Callable[[str | None], str | None]:
        """`sealed` for many texts. It has its keys at hand: during a COPY nothing can be asked."""
        ring = current_ring()

        def seal(text: str | None) -> str | None:
            if not text:
                return text
            if self.max_length and len(text) > self.max_length:
                raise DataError(f"{self.place} holds at most {self.max_length} characters.")
            return ring.seal(text, self.place)

        return seal

    def opened(self, value: str | None) -> str | None:
        """The text again. What an older version wrote in the clear is read as it stands."""
        if not value or not (number := key_number(value)):
            return value
        ring = current_ring()
        if number not in ring.ciphers:
            ring = reload_ring()  # another process has a newer key
        return ring.open(value, self.place)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return self.opened(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.sealed(super().get_db_prep_value(value, connection, prepared))

    def get_lookup(self, lookup_name: str) -> Any:
        return {"exact": _IsEmpty, "isnull": super().get_lookup("isnull")}.get(lookup_name)


# What says nothing is not encrypted: it costs nothing, and nothing of it can be told.
EMPTY = ("", "[]", "{}")


class EncryptedJSONField(EncryptedTextField):
    """Plain values (lists, dictionaries, texts, numbers), encrypted as one text.

    An empty list or dictionary stays as it is.
    """

    _pyi_private_set_type: Any  # for the types: no text, unlike what it inherits

    def sealer(self) -> Callable[[Any], str | None]:
        seal = super().sealer()

        def seal_value(value: Any) -> str | None:
            if value is None:
                return None
            text = json.dumps(value)
            return text if text in EMPTY else seal(text)

        return seal_value

    def sealed(self, text: Any) -> str | None:
        return self.sealer()(text)

    def opened(self, value: str | None) -> Any:
        text = super().opened(value)
        return None if text is None else json.loads(text)

    def to_python(self, value: Any) -> Any:
        return value

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None


class _IsEmpty(Exact):
    """The one comparison that can be right."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("An encrypted text can only be compared with the empty one.")
        return self.rhs


__all__ = ["EncryptedJSONField", "EncryptedTextField", "KeyMissingError"]
