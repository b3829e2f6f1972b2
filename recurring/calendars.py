"""From rows to the pure schedule: a standing order's terms, and the co-op's own calendar."""

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime
from importlib import metadata
from pathlib import Path

from recurring.expansion import parse_local, zone_named
from recurring.holidays import public_holidays
from recurring.models import HolidayDay
from recurring.protocols import StandingOrderLike, VersionLike
from recurring.rules import RuleError, parse_rule
from recurring.schedule import Action, Break, Decision, Policy, Term, Terms, WorkCalendar
from tenants.models import Cooperative


def terms_of(order: StandingOrderLike) -> Terms:
    """Reads prefetched versions with windows, pauses, overrides and additions. Raises RuleError."""
    return Terms(
        zone=zone_named(order.timezone),
        versions=tuple(term_of(version) for version in governing_versions(order.versions.all())),
        pauses=tuple(Break(p.from_day, p.to_day, p.reason) for p in order.pauses.all()),
        decisions={
            parse_local(override.original_start): Decision(
                Action(override.action),
                parse_local(override.new_start) if override.new_start else None,
            )
            for override in order.overrides.all()
        },
        added=frozenset(parse_local(added.start) for added in order.additions.all()),
    )


def readable[O: StandingOrderLike](orders: Iterable[O]) -> list[O]:
    """Those whose rules can be read: a broken one does not take the others' page along."""
    return [order for order in orders if why_unreadable(order) is None]


def why_unreadable(order: StandingOrderLike) -> RuleError | None:
    """What is wrong with its rule; None when it can be read."""
    try:
        terms_of(order)
    except RuleError as error:
        return error
    return None


def governing_versions[V: VersionLike](versions: Iterable[V]) -> list[V]:
    """Versions in the order of their stretches; one that a later one starts before is over."""
    kept: list[V] = []
    for version in sorted(versions, key=lambda version: version.number):
        while kept and kept[-1].valid_from >= version.valid_from:
            kept.pop()
        kept.append(version)
    return kept


def term_of(version: VersionLike) -> Term:
    always = datetime.min  # noqa: DTZ901 - the wall clock is naive
    return Term(
        number=version.number,
        rule=parse_rule(version.rrule),
        dtstart=parse_local(version.dtstart),
        policy=Policy(version.holiday_policy),
        valid_from=parse_local(version.valid_from) if version.valid_from else always,
        times=tuple(window.opens for window in version.windows.all()),
    )


def tzdata_release() -> str:
    """Of the time zone database that clocks are read by: the system's own, else the package's."""
    for folder in zoneinfo.TZPATH:
        source = Path(folder, "tzdata.zi")
        if source.is_file():
            with source.open() as lines:
                return next(lines, "").removeprefix("# version").strip()
    return metadata.version("tzdata")


def work_calendar(cooperative: Cooperative, first: date, last: date) -> WorkCalendar:
    """The co-op's own holidays around these days; each year is copied once, then kept.

    Its local closures count as holidays, and do not stand for a year's copy.
    """
    years = range(first.year, last.year + 1)
    rows = _holidays_of(years)
    missing = set(years) - {day.year for day, _name, is_local, _worked in rows if not is_local}
    if missing:
        _copy_holidays(cooperative, missing)
        rows = _holidays_of(years)
    known = {day: name for day, name, _is_local, is_worked in rows if not is_worked}
    return WorkCalendar(frozenset(cooperative.working_weekdays), known)


def _holidays_of(years: range) -> list[tuple[date, str, bool, bool]]:
    days = HolidayDay.objects.filter(day__year__gte=years[0], day__year__lte=years[-1])
    return list(days.values_list("day", "name", "is_local", "is_worked"))


def _copy_holidays(cooperative: Cooperative, years: set[int]) -> None:
    HolidayDay.objects.bulk_create(
        [
            HolidayDay(day=day, name=name[:120])
            for year in sorted(years)
            for day, name in public_holidays(
                cooperative.country,
                cooperative.subdivision,
                year,
                cooperative.default_language,
            ).items()
        ],
        ignore_conflicts=True,
    )
