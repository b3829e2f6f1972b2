"""What a phone tells too late, for a dispatcher to decide on."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from dispatch.models.crew import Courier
from dispatch.models.stops import FailureReason, Task, TaskEvent


@tracked(parent="task", personal=("recipient_name", "photo", "note", "aside_because"))
class LateReport(models.Model):
    """A phone tells what was done at a stop that had become another one meanwhile.

    Nothing of it is applied and nothing is lost: it waits until a dispatcher lets it count or puts it
    aside. The courier reads how it went on their round.
    """

    class Kind(models.TextChoices):
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Hindrance(models.TextChoices):
        CANCELLED = "cancelled", _("The stop was cancelled meanwhile")
        TAKEN = "taken", _("The stop had left the courier’s round")
        CHANGED = "changed", _("The stop was changed meanwhile")
        FINISHED = "finished", _("The stop was finished already")
        EARLY = "early", _("Its pick-up is not made")

    class Outcome(models.TextChoices):
        WAITS = "", _("The office decides")
        COUNTS = "counts", _("Accepted")
        ASIDE = "aside", _("Put aside")

    task = models.ForeignKey(Task, models.CASCADE, related_name="late_reports")
    courier = models.ForeignKey(Courier, models.PROTECT, related_name="+")
    kind = models.CharField(_("what was done"), max_length=8, choices=Kind)
    hindrance = models.CharField(_("what stood in the way"), max_length=10, choices=Hindrance)
    # What had happened to the stop, where one event tells it.
    because = models.ForeignKey(
        TaskEvent,
        models.PROTECT,
        verbose_name=_("what had happened"),
        null=True,
        blank=True,
        related_name="+",
    )
    client_id = models.UUIDField(unique=True)  # as TaskEvent's: sent twice, it is kept once
    device_at = models.DateTimeField(
        _("time by the phone"), null=True, blank=True
    )  # the phone's own clock, as it said
    happened_at = models.DateTimeField(_("when it was done"))
    recorded_at = models.DateTimeField(_("told at"))
    recipient_name = models.CharField(_("received by"), max_length=120, blank=True)
    photo = models.ImageField(_("photo"), upload_to="proofs/", blank=True)
    reason = models.CharField(_("reason"), max_length=10, choices=FailureReason, blank=True)
    note = EncryptedTextField(
        _("note"), max_length=300, blank=True, place="dispatch_latereport.note"
    )
    outcome = models.CharField(
        _("what the office decided"), max_length=8, choices=Outcome, blank=True, default=""
    )
    aside_because = EncryptedTextField(
        _("why it was put aside"),
        max_length=300,
        blank=True,
        place="dispatch_latereport.aside_because",
    )
    settled_at = models.DateTimeField(_("decided on"), null=True, blank=True)
    settled_by = models.ForeignKey(
        User,
        models.PROTECT,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["happened_at", "pk"]
        indexes = [
            models.Index(name="late_report_waits", fields=["happened_at"], condition=Q(outcome=""))
        ]
        constraints = [
            models.CheckConstraint(
                name="late_report_settled_whole",
                condition=Q(outcome="", settled_at=None, settled_by=None)
                | (~Q(outcome="") & Q(settled_at__isnull=False, settled_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="late_report_aside_says_why",
                condition=~Q(outcome="aside") | ~Q(aside_because=""),
            ),
            models.CheckConstraint(
                name="late_report_failure_has_reason",
                condition=Q(kind="failed") & ~Q(reason="") | Q(kind="done", reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"

    @property
    def waits(self) -> bool:
        return self.outcome == self.Outcome.WAITS
