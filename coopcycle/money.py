"""Money as whole minor units, and the one place where it is rounded, shared out and written."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.utils.translation import get_language, to_locale


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents) of one ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError("Money is whole minor units.")
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise ValueError(f"{self.currency!r} is not a currency code.")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, factor: Decimal | int) -> "Money":
        """Times a quantity or rate, rounded half up to the minor unit. Never a float."""
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            return NotImplemented
        return Money(round_half_up(self.minor * Decimal(factor)), self.currency)

    __rmul__ = __mul__

    def _same_currency(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added.")
        return other


def round_half_up(amount: Decimal) -> int:
    """The nearest whole number; a half goes away from zero, so that a refund mirrors its charge."""
    return int(amount.to_integral_value(ROUND_HALF_UP))


def allocate(minor: int, weights: Sequence[int]) -> list[int]:
    """Share `minor` out in proportion to `weights`, by largest remainder; the sum is exact.

    Ties go to the earlier share. Raises ValueError for negative weights or when all are zero.
    """
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("Weights must not be negative, and one must be positive.")
    sign = -1 if minor < 0 else 1
    parts = [divmod(abs(minor) * weight, total) for weight in weights]
    shares = [whole for whole, _ in parts]
    left_over = abs(minor) - sum(shares)
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[:left_over]:
        shares[index] += 1
    return [sign * share for share in shares]


def tax_included(total_minor: int, rate: Decimal) -> int:
    """The tax inside a gross amount: 10.55 at `Decimal("0.055")` contains 0.55."""
    if rate < 0:
        raise ValueError("A tax rate is not negative.")
    return round_half_up(total_minor * rate / (1 + rate))


def format_money(minor: int, currency: str, language: str | None = None) -> str:
    """The amount as people of `language` (default: the active one) write it: 12,50 €.

    How many digits follow the comma comes from CLDR, so JPY has none and TND three.
    """
    digits = get_currency_precision(currency)
    return format_currency(
        Decimal(minor).scaleb(-digits), currency, locale=_locale(language or get_language() or "en")
    )


def format_amount(amount: Decimal, language: str | None = None) -> str:
    """An amount without its currency, to be typed over: 1234,50."""
    return format_decimal(amount, "0.00", locale=_locale(language or get_language() or "en"))


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))
