"""Pausing, resuming and ending: what each does is said before it is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from coopcycle.dates import format_day
from recurring.models import Pause, StandingOrder
from recurring.pages.questions import Effect, Orphan, effects_of_resuming, orphan_of
from recurring.services import Consequences, may_end

type Act = Callable[..., Consequences]


@dataclass(frozen=True, slots=True)
class ActQuestion:
    """The second step of an act: its consequences, and what is still to be chosen."""

    title: str
    url: str
    hidden: list[tuple[str, str]]  # the first step's answers
    effects: list[Effect]
    made: int  # orders that can be called off or kept
    locked: int
    button: str
    is_danger: bool = False
    orphans: list[Orphan] = field(default_factory=list)


def is_confirmed(said: QueryDict) -> bool:
    """Whether the consequences were shown, and the person went on."""
    return said.get("confirmed") == "yes"


def cancels_made(said: QueryDict) -> bool:
    """Whether orders made already are called off; as long as nobody says to keep them."""
    return said.get("made", "cancel") == "cancel"


def hidden_of(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Valid answers, to be sent again with the second step."""
    return [
        (name, "" if value is None else str(value))
        for name, value in said.items()
        if name != "made"
    ]


def touched(found: Consequences) -> int:
    """How many dates an act takes away."""
    return len({note.original for note in (*found.dropped, *found.cancelled, *found.left)})


def pause_button(found: Consequences) -> str:
    number = touched(found)
    return ngettext("Pause %(number)s date", "Pause %(number)s dates", number) % {"number": number}


def end_button(found: Consequences) -> str:
    number = touched(found)
    return ngettext("End, without %(number)s date", "End, without %(number)s dates", number) % {
        "number": number
    }


@dataclass(frozen=True, slots=True)
class Rest:
    """A pause that is not over, as its page tells of it."""

    pause: Pause
    words: str
    is_to_come: bool
    can_be_ended: bool  # by who looks at it


def rests_of(order: StandingOrder, today: date, *, reader: User) -> list[Rest]:
    """Its pauses of today and to come, each to be ended by itself."""
    return [
        Rest(pause, _rest_words(pause, today), pause.from_day > today, may_end(pause, reader))
        for pause in order.pauses.all()
        if pause.to_day is None or pause.to_day >= today
    ]


def _rest_words(pause: Pause, today: date) -> str:
    first, last = format_day(pause.from_day), format_day(pause.to_day) if pause.to_day else ""
    if pause.from_day <= today:
        return (
            _("Paused until %(last)s") % {"last": last} if last else _("Paused until it is resumed")
        )
    if not last:
        return _("Pause from %(first)s on") % {"first": first}
    return _("Pause from %(first)s to %(last)s") % {"first": first, "last": last}


def resume_button(found: Consequences, *, is_to_come: bool) -> str:
    number = len(found.made_now) + len(found.revived)
    if is_to_come:
        return (
            ngettext(
                "Take the pause back and make %(number)s order",
                "Take the pause back and make %(number)s orders",
                number,
            )
            % {"number": number}
            if number
            else _("Take the pause back")
        )
    if not number:
        return _("Resume")
    return ngettext(
        "Resume and make %(number)s order", "Resume and make %(number)s orders", number
    ) % {"number": number}


def question_of(
    found: Consequences,
    effects: list[Effect],
    *,
    title: str,
    url: str,
    said: Mapping[str, Any],
    button: str,
    is_danger: bool = False,
    may_keep: bool = True,
) -> ActQuestion:
    """`may_keep`: whether orders that would be called off can stay instead."""
    return ActQuestion(
        title=title,
        url=url,
        hidden=hidden_of(said),
        effects=effects,
        made=len(found.cancelled) if may_keep else 0,
        locked=len(found.locked),
        button=button,
        is_danger=is_danger,
        orphans=[orphan_of(note) for note in found.orphans],
    )


def resuming_question(
    found: Consequences, *, title: str, url: str, button: str, said: Mapping[str, Any] | None = None
) -> ActQuestion:
    """An act takes something back: what comes again, with no choice of what stays."""
    effects = effects_of_resuming(found)
    return question_of(
        found, effects, title=title, url=url, said=said or {}, button=button, may_keep=False
    )
