"""Names as people file them, and what is said of them."""

import unicodedata

from django.db.models import Func, TextField, Value
from django.db.models.functions import Collate, Lower, Replace
from django.utils.translation import gettext

_LIGATURES = {"œ": "oe", "æ": "ae", "ß": "ss"}
# Each small Latin letter that is an ASCII one with marks: é → e.
_MARKED = {
    letter: bare
    for letter in map(chr, range(0xC0, 0x250))
    if letter.islower()
    and (bare := unicodedata.normalize("NFKD", letter)[0]).isascii()
    and bare.isalpha()
    and unicodedata.normalize("NFD", letter) != letter
}


def said_of(what: str, words: str) -> str:
    """“Chard: sold out on this day”; some languages have a space before the colon."""
    return gettext("%(what)s: %(words)s") % {"what": what, "words": words}


def filing_key(name: str) -> str:
    """Sorts Élise beside Elsa, and épicerie beside Épicerie: marks and capitals count for nothing.

    The database sorts by code points, on every machine the same; Élise would stand behind Zoé.
    """
    plain = name.casefold()
    for ligature, spelled in _LIGATURES.items():
        plain = plain.replace(ligature, spelled)
    letters = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def filed(path: str) -> Collate:
    """`filing_key` of a text field for `order_by`, worked out by the database, so that pages of a
    long list follow it too. Without extension or locale: each server sorts alike."""
    plain: Func = Lower(path)
    for ligature, letters in _LIGATURES.items():
        plain = Replace(plain, Value(ligature), Value(letters))
    marked, bare = zip(*_MARKED.items(), strict=True)
    stripped = Func(
        plain,
        Value("".join(marked)),
        Value("".join(bare)),
        function="translate",
        output_field=TextField(),
    )
    return Collate(stripped, "C")
