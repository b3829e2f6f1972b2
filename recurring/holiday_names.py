"""Names of public holidays for readers whose language the library of holidays lacks in that country.

The library names Italian holidays in Italian and English, none of the others in French: those who
read French in Torino would read of the “Assumption Of Mary Day”. Its English names are keys here.
"""

from datetime import date

from django.utils.translation import get_language, gettext, gettext_noop

from recurring.holidays import names_exist_in, public_holidays
from tenants.models import Cooperative

NAMES = (
    gettext_noop("All Saints' Day"),
    gettext_noop("Ascension Day"),
    gettext_noop("Assumption Day"),
    gettext_noop("Assumption Of Mary Day"),
    gettext_noop("Augsburg Peace Festival"),
    gettext_noop("Christmas Day"),
    gettext_noop("Constitution Day"),
    gettext_noop("Corpus Christi"),
    gettext_noop("Easter Monday"),
    gettext_noop("Easter Sunday"),
    gettext_noop("Epiphany"),
    gettext_noop("German Unity Day"),
    gettext_noop("Good Friday"),
    gettext_noop("Immaculate Conception"),
    gettext_noop("King's Day"),
    gettext_noop("Labor Day"),
    gettext_noop("Liberation Day"),
    gettext_noop("National Day"),
    gettext_noop("National Unity Day"),
    gettext_noop("New Year's Day"),
    gettext_noop("Pentecost"),
    gettext_noop("Pentecost Monday"),
    gettext_noop("Reformation Day"),
    gettext_noop("Repentance and Prayer Day"),
    gettext_noop("Republic Day"),
    gettext_noop("Saint Francis of Assisi, Patron Saint of Italy"),
    gettext_noop("Saint John's Day"),
    gettext_noop("Saint Stephen's Day"),
    gettext_noop("Second Day of Christmas"),
    gettext_noop("Women's Day"),
    gettext_noop("World Children's Day"),
)
# Where two holidays meet on a day the library joins them so; French would want a space before it.
_TOGETHER = "; "


def told_name(cooperative: Cooperative, day: date, kept: str) -> str:
    """The `kept` name of a holiday in the reader's language; as it is where people chose it."""
    where = (cooperative.country, cooperative.subdivision, day.year)
    official = public_holidays(*where, cooperative.default_language).get(day, "")
    language = (get_language() or "en").split("-")[0]
    if language == cooperative.default_language or kept != official:
        return kept
    if names_exist_in(cooperative.country, language):
        return public_holidays(*where, language)[day]
    english = public_holidays(*where, "en")[day].split(_TOGETHER)
    return ", ".join(map(gettext, english)) if set(english) <= set(NAMES) else kept
