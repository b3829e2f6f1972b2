"""The actions of a courier's phone, each recorded once however often it is sent."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coopcycle.images import clean_photo
from dispatch import services
from dispatch.models import FailureReason, Task

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

# A tap may wait this long for a network. A clock further behind is wrong: ours counts then.
LONGEST_WAIT = timedelta(hours=36)


class Action(models.TextChoices):
    """What a courier does at a stop."""

    START = "start", _("Start")
    DONE = "done", _("Done")
    FAIL = "fail", _("A problem")
    UNDO = "undo", _("Undo")


def record_action(
    *,
    task_id: int,
    actor: User,
    at: datetime,
    action: str,
    client_id: UUID,
    device_at: datetime | None = None,
    recipient_name: str = "",
    photo: "UploadedFile[bytes] | None" = None,
    reason: str = "",
    note: str = "",
) -> Task:
    """Fold one action of a phone into its task, by `client_id` exactly once.

    Raises DomainError, with a sentence for the courier, when the stop is not theirs any more or
    can't go that way, and with status 422 when the photo can't be read; then nothing is kept.
    """
    if device_at and device_at < at - LONGEST_WAIT:
        device_at = None
    if action == Action.START:
        return services.start_task(
            task_id=task_id, actor=actor, at=at, client_id=client_id, device_at=device_at
        )
    if action == Action.UNDO:
        return services.take_back(
            task_id=task_id, actor=actor, at=at, client_id=client_id, device_at=device_at
        )
    if action == Action.FAIL:
        return services.fail_task(
            task_id=task_id,
            actor=actor,
            at=at,
            client_id=client_id,
            device_at=device_at,
            reason=FailureReason(reason),
            note=note,
        )
    return services.complete_task(
        task_id=task_id,
        actor=actor,
        at=at,
        client_id=client_id,
        device_at=device_at,
        recipient_name=recipient_name,
        photo=clean_photo(photo) if photo else None,
    )
