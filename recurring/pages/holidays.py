"""The co-op's own calendar of a year, and what the library of holidays says otherwise by now."""

from dataclasses import dataclass
from datetime import date

from recurring.calendars import work_calendar
from recurring.holiday_names import told_name
from recurring.holidays import Difference, difference, public_holidays
from recurring.models import HolidayDay
from tenants.models import Cooperative


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """One year of the co-op's calendar."""

    year: int
    days: list[HolidayDay]  # each with `told`, its name in the reader's language
    difference: Difference

    @property
    def differences(self) -> list[tuple[date, str, str]]:
        """Each with what the co-op keeps and what the library says; in the order of the year."""
        said = [(day, "", name) for day, name in self.difference.added.items()]
        said += [(day, name, "") for day, name in self.difference.removed.items()]
        said += [(day, kept, name) for day, (kept, name) in self.difference.renamed.items()]
        return sorted(said)


def holiday_year(cooperative: Cooperative, year: int) -> HolidayYear:
    """The year as the co-op keeps it; copied from the library when it is looked at first."""
    work_calendar(cooperative, date(year, 1, 1), date(year, 12, 31))
    days = list(HolidayDay.objects.filter(day__year=year))
    for row in days:
        row.told = told_name(cooperative, row.day, row.name)  # type: ignore[attr-defined]
    own = {row.day for row in days if row.is_local}
    library = public_holidays(
        cooperative.country, cooperative.subdivision, year, cooperative.default_language
    )
    return HolidayYear(
        year=year,
        days=days,
        difference=difference(
            {row.day: row.name for row in days if not row.is_local},
            {day: name[:120] for day, name in library.items() if day not in own},
        ),
    )
