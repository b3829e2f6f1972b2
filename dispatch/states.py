"""The life of a task, in one table."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from dispatch.models import Task

Status = Task.Status

# Finished and cancelled tasks move again only by `restore`, which leaves a trace.
MOVES: Mapping[str, frozenset[str]] = {
    Status.TODO: frozenset({Status.DOING, Status.FAILED, Status.CANCELLED}),
    Status.DOING: frozenset({Status.TODO, Status.DONE, Status.FAILED, Status.CANCELLED}),
    Status.DONE: frozenset(),
    Status.FAILED: frozenset({Status.TODO}),
    Status.CANCELLED: frozenset({Status.TODO}),
}


def move(task: Task, status: Task.Status) -> None:
    """Set `task.status`, without saving. Refused when the table has no such arrow."""
    if status not in MOVES[task.status]:
        raise DomainError(
            _("%(place)s is “%(now)s” and can't become “%(then)s”. Reload to see what happened.")
            % {
                "place": task.place,
                "now": Status(task.status).label,
                "then": Status(status).label,
            }
        )
    task.status = status
