"""Time zones as people look for them: a country, then a town."""

from functools import cache
from importlib.resources import files

from babel.dates import get_timezone_location

from coopcycle.dates import reader_locale
from tenants.selectors import territory_name

type Choices = list[tuple[str, list[tuple[str, str]]]]


def zone_choices(country: str, current: str) -> Choices:
    """All zones by country, the co-op's own country first. Old names of zones are left out."""
    table = zones_by_country()
    others = sorted((territory_name(code), code) for code in table if code != country)
    groups = [(territory_name(country), table.get(country, ()))]
    groups += [(name, table[code]) for name, code in others]
    if not any(current in zones for _name, zones in groups):
        groups.insert(0, (current, (current,)))
    language = str(reader_locale())
    return [
        (name, sorted(((zone, town_of(zone, language)) for zone in zones), key=lambda one: one[1]))
        for name, zones in groups
    ]


@cache
def zones_by_country() -> dict[str, tuple[str, ...]]:
    """The table of the time zone database: country → its zones."""
    found: dict[str, list[str]] = {}
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines():
        if line and not line.startswith("#"):
            country, _place, zone, *_comment = line.split("\t")
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


@cache
def town_of(zone: str, language: str) -> str:
    """“Lisbon”, in French “Lisbonne”."""
    return str(get_timezone_location(zone, locale=language, return_city=True))


def town(zone: str) -> str:
    """The town that names a zone, in the reader's language."""
    return town_of(zone, str(reader_locale()))
