"""What the federation's public pages read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from babel import Locale
from django.conf import settings
from django.utils.translation import get_language, to_locale

from tenants.models import Cooperative
from tenants.proving.attacks import ATTACKS, Family


@dataclass(frozen=True)
class Listed:
    """A co-op as the federation's page shows it."""

    cooperative: Cooperative
    url: str
    country: str
    languages: str


@dataclass(frozen=True)
class Country:
    """A country with co-ops, as a filter."""

    code: str
    name: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Figures:
    """Counted in the shared tables; what is inside a co-op is not ours to count."""

    cooperatives: int
    countries: int
    towns: int
    languages: int


def active_cooperatives() -> list[Cooperative]:
    return list(Cooperative.objects.filter(is_active=True).prefetch_related("domains"))


def found_among(
    cooperatives: Iterable[Cooperative], *, words: str = "", country: str = ""
) -> list[Listed]:
    """Co-ops whose name or town holds the words, in the country if one is given."""
    wanted = words.casefold().strip()
    return [
        listed(cooperative)
        for cooperative in cooperatives
        if (not country or cooperative.country == country)
        and (not wanted or wanted in f"{cooperative.name} {cooperative.city}".casefold())
    ]


def listed(cooperative: Cooperative) -> Listed:
    return Listed(
        cooperative=cooperative,
        url=address_of(cooperative),
        country=territory_name(cooperative.country),
        languages=", ".join(language_name(code) for code in cooperative.languages),
    )


def countries_of(cooperatives: Sequence[Cooperative], chosen: str) -> list[Country]:
    """The countries with co-ops, most co-ops first."""
    counted = Counter(cooperative.country for cooperative in cooperatives)
    return [
        Country(code, territory_name(code), count, code == chosen)
        for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def figures_of(cooperatives: Sequence[Cooperative]) -> Figures:
    return Figures(
        cooperatives=len(cooperatives),
        countries=len({cooperative.country for cooperative in cooperatives}),
        towns=len({cooperative.city for cooperative in cooperatives}),
        languages=len({code for cooperative in cooperatives for code in cooperative.languages}),
    )


def attacks_by_family() -> list[tuple[str, int]]:
    """What the proof of the wall tries, in words, and in how many ways."""
    tried = Counter(attack.family for attack in ATTACKS if not attack.needs_own_transaction)
    return [(str(family.label), tried[family]) for family in Family]


def address_of(cooperative: Cooperative) -> str:
    """Where the co-op is reached: its first domain, with the port of this installation."""
    domains = sorted(cooperative.domains.all(), key=lambda domain: not domain.is_primary)
    host = domains[0].domain if domains else f"{cooperative.slug}.{settings.BASE_HOST}"
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    return f"{settings.PUBLIC_SCHEME}://{host}{port}/"


def territory_name(code: str) -> str:
    """A country in the active language."""
    return str(_locale().territories.get(code, code))


def language_name(code: str) -> str:
    """A language in its own words, as its speakers look for it."""
    return str(Locale.parse(code.replace("-", "_")).get_display_name() or code)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))
