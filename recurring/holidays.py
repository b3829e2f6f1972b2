"""Public holidays of a country or region, and the co-op's own calendar of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import holidays as holidays_library

# Départements that people know better than the library's region: both of Alsace.
_KNOWN_AS = {"FR-67": "6AE", "FR-68": "6AE"}


def is_public_holiday(country: str, subdivision: str | None, date: date) -> bool:
    """Whether `date` is a public holiday by law in this country, or in its subdivision."""
    return date in public_holidays(country, subdivision or "", date.year, "")


@lru_cache(maxsize=256)
def public_holidays(
    country: str, subdivision: str, year: int, language: str = ""
) -> dict[date, str]:
    """Days and their names in `language` (or the country's own) for one year.

    A subdivision is a code, “57” or “FR-57”. One the library does not know counts as none: co-ops
    write their own region's code, and a calendar of the country is better than no calendar.
    """
    library = holidays_library.country_holidays
    if country not in holidays_library.list_supported_countries():
        return {}
    languages = holidays_library.list_localized_countries().get(country, [])
    matching = next((name for name in languages if name.split("_")[0] == language), None)
    days = library(
        country,
        subdiv=_known_subdivision(country, subdivision),
        years=year,
        language=matching,
        categories=("public",),
    )
    return dict(sorted(days.items()))


def names_exist_in(country: str, language: str) -> bool:
    """Whether the library names this country's holidays in `language`."""
    known = holidays_library.list_localized_countries().get(country, [])
    return any(name.split("_")[0] == language for name in known)


def region_of(country: str, written: str) -> str:
    """The code of the library for a region as a co-op wrote it; empty: the whole country."""
    if country not in holidays_library.list_supported_countries():
        return ""
    return _known_subdivision(country, written) or ""


@lru_cache(maxsize=32)
def regions_with_own_holidays(country: str, year: int) -> list[tuple[str, str]]:
    """Codes and names of the regions whose public holidays are not those of the whole country."""
    if country not in holidays_library.list_supported_countries():
        return []
    names = holidays_library.country_holidays(country).get_subdivision_aliases()
    of_all = _days(country, None, year)
    regions = [
        (code, max(names.get(code) or [code], key=len))
        for code in holidays_library.list_supported_countries()[country]
        if _days(country, code, year) != of_all
    ]
    return sorted(regions, key=lambda region: region[1])


def _days(country: str, code: str | None, year: int) -> set[date]:
    library = holidays_library.country_holidays
    return set(library(country, subdiv=code, years=year, categories=("public",)))


def _known_subdivision(country: str, written: str) -> str | None:
    code = written.removeprefix(f"{country}-")
    code = _KNOWN_AS.get(f"{country}-{code}", code)
    known = holidays_library.list_supported_countries()[country]
    return code if code in known else None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a newer library says otherwise than the days a co-op kept; each day with its name."""

    added: Mapping[date, str] = field(default_factory=dict)
    removed: Mapping[date, str] = field(default_factory=dict)
    renamed: Mapping[date, tuple[str, str]] = field(default_factory=dict)  # kept name, new name

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed)


def difference(kept: Mapping[date, str], library: Mapping[date, str]) -> Difference:
    """What to ask the co-op when the library changed its mind; nothing moves by itself.

    `kept` are the days once copied from the library, for the years and in the language of
    `library`: not the co-op's local closures, which no library knows.
    """
    return Difference(
        added={day: name for day, name in library.items() if day not in kept},
        removed={day: name for day, name in kept.items() if day not in library},
        renamed={
            day: (kept[day], name)
            for day, name in library.items()
            if day in kept and kept[day] != name
        },
    )
