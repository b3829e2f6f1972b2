"""A second, slow expansion of rules, written from RFC 5545's text: each day is asked by itself.

It shares no code and no idea with recurring/expansion.py: no dateutil, no fast-forward.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
ONE_DAY = timedelta(days=1)


def starts(
    rule: str, dtstart: datetime, zone: ZoneInfo, window: tuple[datetime, datetime]
) -> list[datetime]:
    """Naive local starts in the half-open window."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = list(_days(parts, dtstart.date(), window[1].date()))
    if "COUNT" in parts:
        days = days[: int(parts["COUNT"])]
    found = [datetime.combine(day, dtstart.time()) for day in days]
    if "UNTIL" in parts:
        found = [local for local in found if not _is_after(local, parts["UNTIL"], zone)]
    return [local for local in found if window[0] <= local < window[1]]


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant whose clock shows this; if none does, with the offset before the gap."""
    before = (local.replace(tzinfo=UTC) - 2 * ONE_DAY).astimezone(zone).utcoffset()
    after = (local.replace(tzinfo=UTC) + 2 * ONE_DAY).astimezone(zone).utcoffset()
    guesses = sorted((local - offset).replace(tzinfo=UTC) for offset in (before, after))
    shown = [guess for guess in guesses if guess.astimezone(zone).replace(tzinfo=None) == local]
    return shown[0] if shown else (local - before).replace(tzinfo=UTC)


def _is_after(local: datetime, until: str, zone: ZoneInfo) -> bool:
    if len(until) == 8:
        return local.strftime("%Y%m%d") > until
    if until.endswith("Z"):
        return instant(local, zone).strftime("%Y%m%dT%H%M%SZ") > until
    return local.strftime("%Y%m%dT%H%M%S") > until


def _days(parts: dict[str, str], first: date, last: date):
    """Matching days from dtstart's on. BYSETPOS needs each period whole, before dtstart too."""
    begins, period, chosen = first.replace(month=1, day=1), None, []
    positions = _numbers(parts, "BYSETPOS")
    day = begins
    while day <= last.replace(month=12, day=31):
        if _period(parts, day) != period:
            yield from _picked(chosen, positions, first, last)
            period, chosen = _period(parts, day), []
        if _matches(parts, day, first):
            chosen.append(day)
        day += ONE_DAY
    yield from _picked(chosen, positions, first, last)


def _picked(days: list[date], positions: list[int], first: date, last: date):
    if positions:
        numbered = dict(enumerate(days, 1))
        numbered |= {n - len(days) - 1: day for n, day in enumerate(days, 1)}
        days = sorted({numbered[position] for position in positions if position in numbered})
    return (day for day in days if first <= day <= last)


def _period(parts: dict[str, str], day: date) -> tuple[int, ...]:
    return {
        "YEARLY": (day.year,),
        "MONTHLY": (day.year, day.month),
    }.get(parts["FREQ"], (day.toordinal(),))


def _matches(parts: dict[str, str], day: date, first: date) -> bool:
    return _is_in_step(parts, day, first) and _has_parts(parts, day, first)


def _is_in_step(parts: dict[str, str], day: date, first: date) -> bool:
    match parts["FREQ"]:
        case "DAILY":
            apart = (day - first).days
        case "WEEKLY":
            start = DAYS.index(parts.get("WKST", "MO"))
            apart = (_week(day, start) - _week(first, start)).days // 7
        case "MONTHLY":
            apart = (day.year - first.year) * 12 + day.month - first.month
        case _:
            apart = day.year - first.year
    return apart % int(parts.get("INTERVAL", "1")) == 0


def _week(day: date, start: int) -> date:
    while day.weekday() != start:
        day -= ONE_DAY
    return day


def _has_parts(parts: dict[str, str], day: date, first: date) -> bool:
    months, month_days = _numbers(parts, "BYMONTH"), _numbers(parts, "BYMONTHDAY")
    length = monthrange(day.year, day.month)[1]
    if months and day.month not in months:
        return False
    if month_days and not {day.day, day.day - length - 1} & set(month_days):
        return False
    if "BYDAY" in parts:
        return any(_is_weekday(parts, text, day) for text in parts["BYDAY"].split(","))
    if month_days or parts["FREQ"] == "DAILY":
        return True
    if parts["FREQ"] == "WEEKLY":
        return day.weekday() == first.weekday()
    is_in_month = parts["FREQ"] == "MONTHLY" or months or day.month == first.month
    return bool(is_in_month) and day.day == first.day


def _is_weekday(parts: dict[str, str], text: str, day: date) -> bool:
    """“-2FR” is the last but one Friday of the month, or of the year for YEARLY without BYMONTH."""
    if DAYS[day.weekday()] != text[-2:]:
        return False
    if len(text) == 2:
        return True
    in_year = parts["FREQ"] == "YEARLY" and "BYMONTH" not in parts
    index = day.timetuple().tm_yday if in_year else day.day
    days = (
        (365 + (monthrange(day.year, 2)[1] == 29))
        if in_year
        else monthrange(day.year, day.month)[1]
    )
    return int(text[:-2]) in ((index - 1) // 7 + 1, -((days - index) // 7 + 1))


def _numbers(parts: dict[str, str], name: str) -> list[int]:
    return [int(text) for text in parts.get(name, "").split(",") if text]
