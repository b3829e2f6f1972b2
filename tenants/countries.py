"""What a cooperative of a country usually needs. Each value can be changed later, in its settings."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from coopcycle.errors import DomainError


@dataclass(frozen=True, kw_only=True)
class CountryDefaults:
    """Currency, time zone and languages (the first is the default), and ISO working weekdays.

    `latitude` and `longitude` are those of the capital: where the map opens before anyone says.
    """

    currency: str
    timezone: str
    languages: tuple[str, ...]
    latitude: str
    longitude: str
    capital: str
    working_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6)


def _euro(
    timezone: str, languages: str, capital: str, latitude: str, longitude: str
) -> CountryDefaults:
    return CountryDefaults(
        currency="EUR",
        timezone=timezone,
        languages=tuple(languages.split()),
        capital=capital,
        latitude=latitude,
        longitude=longitude,
    )


COUNTRIES: dict[str, CountryDefaults] = {
    "AT": _euro("Europe/Vienna", "de en", "Wien", "48.208200", "16.373800"),
    "BE": _euro("Europe/Brussels", "fr nl en", "Bruxelles", "50.846700", "4.352500"),
    "CH": CountryDefaults(
        currency="CHF",
        timezone="Europe/Zurich",
        languages=("de", "fr", "it", "en"),
        capital="Bern",
        latitude="46.948000",
        longitude="7.447400",
    ),
    "DE": _euro("Europe/Berlin", "de en", "Berlin", "52.520000", "13.405000"),
    "ES": _euro("Europe/Madrid", "es en", "Madrid", "40.416800", "-3.703800"),
    "FR": _euro("Europe/Paris", "fr en", "Paris", "48.856600", "2.352200"),
    "GB": CountryDefaults(
        currency="GBP",
        timezone="Europe/London",
        languages=("en",),
        capital="London",
        latitude="51.507400",
        longitude="-0.127800",
    ),
    "IE": _euro("Europe/Dublin", "en", "Dublin", "53.349800", "-6.260300"),
    "IT": _euro("Europe/Rome", "it en", "Roma", "41.902800", "12.496400"),
    "LU": _euro("Europe/Luxembourg", "fr de en", "Luxembourg", "49.611600", "6.131900"),
    "NL": _euro("Europe/Amsterdam", "nl en", "Amsterdam", "52.367600", "4.904100"),
    "PT": _euro("Europe/Lisbon", "pt en", "Lisboa", "38.722300", "-9.139300"),
}


def defaults_for(country: str) -> CountryDefaults:
    """The defaults of an ISO 3166 country. Raises DomainError for one that we do not know yet."""
    try:
        return COUNTRIES[country]
    except KeyError:
        raise DomainError(
            _("The country %(code)s is not prepared yet. Choose one of: %(known)s.")
            % {"code": country, "known": ", ".join(COUNTRIES)},
            status=422,
        ) from None
