"""Which passwords are refused: those that people try first. None of it asks the network.

Django's list holds the 20,000 most common passwords (from Royce Williams' list of breaches, as
Django ships it). Few of them have twelve characters, because people make a short one longer by a
year, a sign or by writing it twice. So what is left without such trimmings is looked up as well.
There is no rule about capitals, digits or signs, and blanks and all letters of the world are welcome.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tenants.context import current_cooperative

LONGEST = 256  # characters; more would only cost time to hash
_SHORTEST_BIT = 4
_OWN_SHARE = 0.5  # of a password that may be one's own name or the co-op's
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop")
_ROWS_TWICE = [line for row in _ROWS for line in (row * 2, (row * 2)[::-1])]


@cache
def _common() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)


class GuessablePasswordValidator:
    """Refuses what is common, once its trimmings are off, what repeats, and what names its owner."""

    def validate(self, password: str, user: object = None) -> None:
        words = _own_words(user)
        if any(is_guessable(each, words) for each in _readings(password)):
            raise ValidationError(
                _("Many people would try this one early. Take a few words in a row instead."),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return ""


class LongestPasswordValidator:
    """Refuses what is so long that hashing it would keep others waiting."""

    def validate(self, password: str, user: object = None) -> None:
        if len(password) > LONGEST:
            raise ValidationError(
                _("This password is too long. %(number)s characters are the most.")
                % {"number": LONGEST},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return ""


def is_guessable(text: str, words: frozenset[str] = frozenset()) -> bool:
    """Whether `text`, in small letters, is among the first that somebody would try."""
    bit = _smallest_repeated(text)
    if len(set(text)) < _SHORTEST_BIT or _runs_on(bit) or (bit != text and len(bit) <= 10):
        return True
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    if text in _common() or trimmed in _common():
        return True
    if not trimmed:  # figures and signs alone
        return len(bit) < len(text) or _is_date_or_count(text)
    left = text
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "")
    left = re.sub(r"[\W\d_]", "", left)
    return len(left) < len(re.sub(r"[\W\d_]", "", text)) * _OWN_SHARE


def _readings(password: str) -> Iterator[str]:
    """The password as it stands, and with figures that stand for letters read as such."""
    plain = unicodedata.normalize("NFKC", password).casefold().strip()
    yield plain
    yield re.sub(r"\s+", "", plain)
    yield plain.translate(_LEET)


def _smallest_repeated(text: str) -> str:
    """`abc` of `abcabcab`; the whole text when nothing repeats."""
    for length in range(1, len(text) // 2 + 1):
        bit = text[:length]
        if (bit * (len(text) // length + 1)).startswith(text):
            return bit
    return text


def _runs_on(text: str) -> bool:
    """Whether it goes on as an alphabet, a row of keys or a count does, forwards or backwards."""
    if len(text) >= _SHORTEST_BIT and any(text in each for each in _ROWS_TWICE):
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(text) >= _SHORTEST_BIT and (steps <= {1, -9} or steps <= {-1, 9})


def _is_date_or_count(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(digits) < 14 or digits[:8] in "0123456789012345678909876543210"


def _own_words(user: object) -> frozenset[str]:
    """Names that anybody would try: the person's, their address, the co-op's, ours."""
    cooperative = current_cooperative()
    texts = [str(getattr(user, "name", "")), str(getattr(user, "email", "")), "coopcycle"]
    if cooperative:
        texts += [cooperative.name, cooperative.slug, cooperative.city]
    found = {word for text in texts for word in re.split(r"[\W_]+", text.casefold())}
    return frozenset(word for word in found if len(word) >= _SHORTEST_BIT)
