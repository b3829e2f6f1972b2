"""The actions of a courier's phone, each recorded once however often and however late it is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from coopcycle.errors import DomainError
from coopcycle.images import clean_photo
from dispatch import services
from dispatch.models import FailureReason, LateReport, Task, TaskEvent

if TYPE_CHECKING:
    from django.core.files.base import File
    from django.core.files.uploadedfile import UploadedFile

# A tap may wait this long for a network. A clock further behind is wrong: ours counts then.
LONGEST_WAIT = timedelta(hours=36)
# Told at once, what is out of turn can be put right by whoever reads the refusal. Later they are gone.
AT_ONCE = timedelta(minutes=1)


class Action(models.TextChoices):
    """What a courier does at a stop."""

    START = "start", gettext_lazy("Start")
    DONE = "done", gettext_lazy("Done")
    FAIL = "fail", gettext_lazy("A problem")
    UNDO = "undo", gettext_lazy("Undo")


# What was done in the world, and is kept for the office where it can't count by itself.
_DEEDS = {Action.DONE: LateReport.Kind.DONE, Action.FAIL: LateReport.Kind.FAILED}


@dataclass(frozen=True, slots=True)
class Tap:
    """One action as the phone tells it: its own id and clock, for how long it waited to be sent, and
    the version of the stop that the courier saw."""

    action: str
    client_id: UUID
    device_at: datetime | None = None
    waited: timedelta | None = None
    seen: int | None = None
    recipient_name: str = ""
    photo: "UploadedFile[bytes] | None" = None
    reason: str = ""
    note: str = ""

    def happened_at(self, at: datetime) -> datetime:
        """When it was done, by our clock: as long ago as it waited. The phone's own clock may be an
        hour or a day off; it counts where nothing better is known, and can be true."""
        if self.waited is not None and self.waited < LONGEST_WAIT:
            return at - self.waited
        if self.device_at and at - LONGEST_WAIT <= self.device_at <= at:
            return self.device_at
        return at


def record_action(*, task_id: int, actor: User, at: datetime, tap: Tap) -> LateReport | None:
    """Fold one action of a phone into its task, by its id exactly once.

    What was done at a stop that is not theirs any more, or was cancelled, changed or finished
    meanwhile, is kept for the office: the answer is that report. Raises DomainError, with a sentence
    for the courier, when nothing is to be kept, and with status 422 when the photo can't be read.
    """
    if report := LateReport.objects.filter(client_id=tap.client_id, task=task_id).first():
        return report
    is_new = not TaskEvent.objects.filter(client_id=tap.client_id).exists()
    photo = clean_photo(tap.photo) if tap.photo and is_new else None
    try:
        _fold(task_id, actor, at, tap, photo)
    except DomainError:
        if not (is_new and _is_worth_keeping(task_id, actor, at, tap)):
            raise
        return _keep(task_id, actor, at, tap, photo)
    return None


def record_late(
    *, task_id: int, actor: User, at: datetime, tap: Tap
) -> tuple[LateReport | None, str]:
    """As `record_action`, with the sentence for a courier who has ridden on: what was done counts also
    where its photo can't be read."""
    try:
        report = record_action(task_id=task_id, actor=actor, at=at, tap=tap)
    except DomainError as refusal:
        if refusal.status != 422 or not tap.photo:
            raise
        report = record_action(task_id=task_id, actor=actor, at=at, tap=replace(tap, photo=None))
        return report, _("It counts without its photo. %(why)s") % {"why": refusal}
    return report, kept_sentence(report) if report else ""


@transaction.atomic
def _fold(task_id: int, actor: User, at: datetime, tap: Tap, photo: "File[bytes] | None") -> None:
    act, happened_at = partial(_act, task_id, actor, at, tap), tap.happened_at(at)
    if tap.action == Action.START:
        act(services.start_task, happened_at=happened_at)
    elif tap.action == Action.UNDO:
        act(services.take_back)
    else:
        task = services.locked_with_partners(task_id)
        if not TaskEvent.objects.filter(client_id=tap.client_id).exists():
            _prepare(task, actor, at, tap)
        if tap.action == Action.FAIL:
            reason = FailureReason(tap.reason)
            act(services.fail_task, happened_at=happened_at, reason=reason, note=tap.note)
        else:
            act(
                services.complete_task,
                happened_at=happened_at,
                recipient_name=tap.recipient_name,
                photo=photo,
            )


def _act(
    task_id: int, actor: User, at: datetime, tap: Tap, service: Callable[..., Task], **told: Any
) -> None:
    service(
        task_id=task_id,
        actor=actor,
        at=at,
        client_id=tap.client_id,
        device_at=tap.device_at,
        **told,
    )


def _prepare(task: Task, actor: User, at: datetime, tap: Tap) -> None:
    """Refuse what was done at another stop than it is now. Who has made one had set off for it, also
    where the message of that comes later."""
    if services.has_changed_since(task, tap.seen):
        raise DomainError(
            _("“%(place)s” has changed since. Reload to see what is wanted now.")
            % {"place": task.place}
        )
    if tap.action == Action.DONE and task.status == Task.Status.TODO:
        services.start_task(
            task_id=task.pk,
            actor=actor,
            at=at,
            client_id=uuid5(tap.client_id, Action.START),
            happened_at=tap.happened_at(at),
        )


def _is_worth_keeping(task_id: int, actor: User, at: datetime, tap: Tap) -> bool:
    """A deed, unless it is only out of turn and its courier can put that right at once."""
    if tap.action not in _DEEDS:
        return False
    task = Task.objects.select_related("tour__courier").get(pk=task_id)
    is_theirs = task.tour is not None and task.tour.courier.user_id == actor.pk
    is_open = task.status in (Task.Status.TODO, Task.Status.DOING)
    is_out_of_turn = is_theirs and is_open and not services.has_changed_since(task, tap.seen)
    return not is_out_of_turn or at - tap.happened_at(at) >= AT_ONCE


def _keep(
    task_id: int, actor: User, at: datetime, tap: Tap, photo: "File[bytes] | None"
) -> LateReport:
    return services.keep_report(
        task_id=task_id,
        courier=actor.courier,
        kind=_DEEDS[Action(tap.action)],
        client_id=tap.client_id,
        at=at,
        happened_at=tap.happened_at(at),
        device_at=tap.device_at,
        recipient_name=tap.recipient_name if tap.action == Action.DONE else "",
        photo=photo if tap.action == Action.DONE else None,
        reason=tap.reason if tap.action == Action.FAIL else "",
        note=tap.note if tap.action == Action.FAIL else "",
        seen=tap.seen,
    )


def kept_sentence(report: LateReport) -> str:
    """What became of it, for the courier."""
    return _("“%(place)s”: %(hindrance)s. What you did is kept, and the office decides.") % {
        "place": report.task.place,
        "hindrance": report.get_hindrance_display(),
    }
