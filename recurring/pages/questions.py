"""What is asked once before something is saved: for which dates, and what that does to them.

What is shown comes from a rehearsal of the very act, so that it is what happens.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from itertools import chain

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coopcycle.dates import format_clock, format_day
from coopcycle.words import said_of
from recurring.expansion import parse_local
from recurring.selectors.days import Day
from recurring.sentences import joined
from recurring.services import Consequences, DateNote
from recurring.words import reason_words

_MOST_DAYS_NAMED = 5
_PART_WORDS = {
    "name": gettext_lazy("the name"),
    "days": gettext_lazy("the days on which it comes"),
    "holidays": gettext_lazy("what happens on public holidays"),
    "prices": gettext_lazy("the agreed prices"),
    "courier": gettext_lazy("the usual courier"),
    "recipient": gettext_lazy("the recipient"),
    "producer_notes": gettext_lazy("the notes for producers"),
    "substitutes": gettext_lazy("what comes instead"),
    "windows": gettext_lazy("the pick-up and the other times of the day"),
}


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of what will happen: how many dates, and which."""

    words: str
    days: str
    icon: str


@dataclass(frozen=True, slots=True)
class Orphan:
    """A date made by hand that would be no more; it may stay as a date of its own."""

    original: str
    words: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to “for which dates?”, with what it does."""

    value: str
    title: str
    number: int  # dates it changes, for the button
    effects: list[Effect] = field(default_factory=list)
    orphans: list[Orphan] = field(default_factory=list)
    remark: str = ""


def effects_of(found: Consequences, *, since: str = "") -> list[Effect]:
    """What an edit does, each kind in one line. Dates before `since` stay as they are."""
    planned = _following(found.planned)
    unreached = _without(found.by_hand, found.kept, found.updated, found.locked)
    kept = [*found.kept, *filter(_is_by_hand, unreached)]
    return _said(replace(found, planned=planned, kept=kept), since)


def effects_of_act(found: Consequences) -> list[Effect]:
    """What another act does, such as a pause: what it does not reach is not named."""
    return _said(replace(found, planned=[]))


def effects_of_pause(found: Consequences) -> list[Effect]:
    """What a pause does. What hands moved into it, or changed, comes all the same."""
    unreached = _without(found.by_hand, found.kept, found.updated, found.locked, found.left)
    return effects_of_act(replace(found, kept=[*found.kept, *unreached]))


def effects_of_resuming(found: Consequences) -> list[Effect]:
    """What comes when it goes on; what stays as it is is not named."""
    return effects_of_act(replace(found, locked=[]))


def _without(notes: Iterable[DateNote], *others: Iterable[DateNote]) -> list[DateNote]:
    named = {(note.standing_order_id, note.original) for note in chain(*others)}
    return [note for note in notes if (note.standing_order_id, note.original) not in named]


def _said(found: Consequences, since: str = "") -> list[Effect]:
    said = []
    for name, icon in _LINES:
        notes = [note for note in getattr(found, name) if note.original >= since]
        if notes:
            said.append(Effect(_words(name, len(notes)), days_named(notes), icon))
    return said


def number_of(found: Consequences, *, since: str = "") -> int:
    """How many dates an edit changes: those to come, and those whose order follows."""
    touched = (
        *_following(found.planned),
        *found.updated,
        *found.cancelled,
        *found.dropped,
        *found.revived,
    )
    return len({note.original for note in touched if note.original >= since})


def _is_by_hand(note: DateNote) -> bool:
    """What this date brings was said by a hand, so that the rule does not reach it."""
    return note.reason == "changed"


def _following(planned: Iterable[DateNote]) -> list[DateNote]:
    return [note for note in planned if not _is_by_hand(note)]


def choice_of(value: str, found: Consequences, *, original: str) -> Choice:
    """“This and the following” from `original` on, or all dates to come."""
    since = original if value == "following" else ""
    day = format_day(parse_local(original), "day_long")
    title = (
        _("%(day)s and all that follow") % {"day": day}
        if value == "following"
        else _("All dates to come")
    )
    return Choice(
        value=value,
        title=title,
        number=number_of(found, since=since),
        effects=effects_of(found, since=since),
        orphans=[orphan_of(note) for note in found.orphans],
    )


def only_choice(original: str, found: Consequences, *, left: Sequence[str] = ()) -> Choice:
    """This date alone; `left` are the parts of the edit that it cannot have (forms.saved.PARTS)."""
    day = format_day(parse_local(original), "day_long")
    effects = [
        effect for effect in _said(found, since=original) if effect.icon in ("lock", "file-check")
    ]
    remark = _("Not for one date alone: %(parts)s. That stays as it is.") % {
        "parts": parts_named(left)
    }
    return Choice(
        "this", _("Only %(day)s") % {"day": day}, 1, effects, remark=remark if left else ""
    )


def parts_named(parts: Iterable[str]) -> str:
    """“the name and the days”."""
    return joined([str(_PART_WORDS[part]) for part in parts])


def orphan_of(note: DateNote) -> Orphan:
    words = reason_words(note.reason, note.detail)
    return Orphan(note.original, said_of(format_day(note.start), words))


def chosen_original(days: Iterable[Day], asked: str, open_from: date) -> str:
    """The date an edit begins with: the one that is open on the page, else the first that can."""
    coming = [day for day in days if day.is_open and day.comes]
    if any(day.original == asked for day in coming):
        return asked
    first = next((day for day in coming if day.day >= open_from), None)
    return first.original if first else ""


def days_named(notes: Sequence[DateNote]) -> str:
    """“Tue 8 Dec, Fri 11 Dec and 5 more”; with the time where one comes several times a day."""
    starts = {(note.standing_order_id, note.start) for note in notes}
    often = Counter((standing_order_id, start.date()) for standing_order_id, start in starts)
    days = sorted(
        {(s.date(), s.time() if often[pk, s.date()] > 1 else time.min) for pk, s in starts}
    )
    named = [
        f"{format_day(day)} {format_clock(clock)}" if clock > time.min else format_day(day)
        for day, clock in days[:_MOST_DAYS_NAMED]
    ]
    left = len(days) - len(named)
    if left:
        named.append(ngettext("%(number)s more", "%(number)s more", left) % {"number": left})
    return joined(named)


# What may happen, in the order in which it is said, with its icon.
_LINES = (
    ("planned", "calendar-days"),
    ("updated", "pencil"),
    ("made_now", "file-check"),
    ("revived", "undo-2"),
    ("cancelled", "ban"),
    ("dropped", "calendar-off"),
    ("kept", "pencil"),
    ("left", "file-text"),
    ("locked", "lock"),
)


def _words(name: str, number: int) -> str:
    if name == "planned":
        words = ngettext("%(number)s planned changes", "%(number)s planned change", number)
    elif name == "updated":
        words = ngettext(
            "%(number)s order made already changes", "%(number)s orders made already change", number
        )
    elif name == "made_now":
        words = ngettext(
            "%(number)s order is made at once", "%(number)s orders are made at once", number
        )
    elif name == "revived":
        words = ngettext(
            "%(number)s cancelled order comes back", "%(number)s cancelled orders come back", number
        )
    elif name == "cancelled":
        words = ngettext("%(number)s order is cancelled", "%(number)s orders are cancelled", number)
    elif name == "dropped":
        words = ngettext("%(number)s planned falls away", "%(number)s planned fall away", number)
    elif name == "kept":
        words = ngettext(
            "%(number)s changed by hand stays", "%(number)s changed by hand stay", number
        )
    elif name == "left":
        words = ngettext(
            "%(number)s order stays and is delivered",
            "%(number)s orders stay and are delivered",
            number,
        )
    else:
        words = ngettext(
            "%(number)s already in preparation stays",
            "%(number)s already in preparation stay",
            number,
        )
    return words % {"number": number}
