"""Says who was faster. Two dispatchers work on one board, and neither may undo the other unseen."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from coopcycle.dates import format_clock
from coopcycle.errors import DomainError
from dispatch.models import Task, TaskEvent

_WHAT_HAPPENED: Mapping[str, str] = {
    TaskEvent.Kind.ASSIGNED: gettext_noop("%(who)s gave “%(place)s” to %(courier)s at %(time)s."),
    TaskEvent.Kind.UNASSIGNED: gettext_noop("%(who)s took “%(place)s” back at %(time)s."),
    TaskEvent.Kind.STARTED: gettext_noop("%(who)s set off for “%(place)s” at %(time)s."),
    TaskEvent.Kind.DONE: gettext_noop("%(who)s finished “%(place)s” at %(time)s."),
    TaskEvent.Kind.FAILED: gettext_noop("%(who)s reported a problem at “%(place)s” at %(time)s."),
    TaskEvent.Kind.CANCELLED: gettext_noop("%(who)s cancelled “%(place)s” at %(time)s."),
    TaskEvent.Kind.RESTORED: gettext_noop("%(who)s restored “%(place)s” at %(time)s."),
    TaskEvent.Kind.CHANGED: gettext_noop("%(who)s changed “%(place)s” at %(time)s."),
}


def require_seen(tasks: Iterable[Task], seen: Mapping[int, int]) -> None:
    """Refuse when one of these locked tasks is not as the person saw it (`seen`: id → version)."""
    for task in tasks:
        if seen.get(task.pk) != task.version:
            raise DomainError(_sentence(task))


def _sentence(task: Task) -> str:
    event = task.events.select_related("actor").order_by("-recorded_at", "-pk").first()
    return _("%(happened)s Nothing else was changed; the board is up to date now.") % {
        "happened": what_happened(event, task.place)
    }


def what_happened(event: TaskEvent | None, place: str) -> str:
    """One sentence: who did what to the stop, and when."""
    told = _WHAT_HAPPENED.get(event.kind) if event else None
    if event is None or told is None:
        return _("“%(place)s” has changed.") % {"place": place}
    return _(told) % {
        "who": event.actor.name if event.actor else _("Somebody"),
        "place": place,
        "courier": event.details.get("courier", ""),
        "time": format_clock(event.recorded_at),
    }
