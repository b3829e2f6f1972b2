"""Deliveries, their stops, the tours they are on, and what happened to them."""

import secrets
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import UUID4
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, Business, User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked
from dispatch.models.crew import Courier


def tracking_token() -> str:
    """192 random bits for the recipient's link."""
    return secrets.token_urlsafe(24)


@tracked()
class UsualTour(models.Model):
    """A round that comes again, by its name: “Morning, centre”. It bundles what belongs together.

    Who usually rides it gets its stops as soon as they are made; without such a one they wait
    together on the board, and go to somebody in one act.
    """

    name = models.CharField(_("name"), max_length=60)
    courier = models.ForeignKey(
        Courier, models.PROTECT, null=True, blank=True, verbose_name=_("usually ridden by")
    )
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="usual_tour_named_once", fields=["name"], condition=Q(archived_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked(secret=("tracking_token",), personal=("recipient_name",), many=True)
class Delivery(models.Model):
    """Pickups and drop-offs that belong together; carries one order."""

    reference = models.CharField(_("reference"), max_length=20, blank=True)  # what people read out
    sender = models.ForeignKey(Business, models.PROTECT, related_name="sent_deliveries")
    recipient_name = models.CharField(_("recipient"), max_length=120)
    recipient_language = models.CharField(max_length=5, default="en")
    tracking_token = models.CharField(max_length=40, unique=True, default=tracking_token)
    is_recurring = models.BooleanField(default=False)  # made by a standing order
    usual_tour = models.ForeignKey(
        UsualTour, models.PROTECT, null=True, blank=True, related_name="deliveries"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return self.reference or str(self.pk)


@tracked(parent="courier", ignored=("version",), many=True)
class Tour(models.Model):
    """One courier's day: the ordered tasks they ride. Its version counts changes to the list."""

    courier = models.ForeignKey(Courier, models.PROTECT, related_name="tours")
    day = models.DateField(_("day"))  # in the co-op's zone
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(name="tour_once_a_day", fields=["courier", "day"])]

    def __str__(self) -> str:
        return f"{self.courier} {self.day}"


class TaskQuerySet(models.QuerySet["Task"]):
    def on(self, day: date) -> Self:
        """Tasks of the co-op's local `day`."""
        return self.filter(day=day)

    def open(self) -> Self:
        return self.filter(status__in=[Task.Status.TODO, Task.Status.DOING])

    def unassigned(self) -> Self:
        return self.filter(tour=None)


@tracked(
    parent="delivery",
    ignored=("version",),
    personal=("place", "contact", "phone", "load", "instructions"),
    many=True,
)
class Task(models.Model):
    """One stop: something is picked up or dropped off, within the window `[after, before)`.

    `version` counts the changes that another dispatcher must have seen before changing it too.
    """

    class Kind(models.TextChoices):
        PICKUP = "PICKUP", _("Pick-up")
        DROPOFF = "DROPOFF", _("Drop-off")

    class Status(models.TextChoices):
        TODO = "TODO", _("To do")
        DOING = "DOING", _("In progress")
        DONE = "DONE", _("Done")
        FAILED = "FAILED", _("Failed")
        CANCELLED = "CANCELLED", _("Cancelled")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.TODO)
    address = models.ForeignKey(Address, models.PROTECT, related_name="+")
    place = models.CharField(_("name at the door"), max_length=120)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    day = models.DateField()  # local day of `after`: the board's key
    after = models.DateTimeField(_("not before"))
    before = models.DateTimeField(_("not later than"))
    load = models.CharField(_("what"), max_length=120, blank=True)  # "12 kg, 2 crates"
    weight_grams = models.PositiveIntegerField(default=0)
    instructions = EncryptedTextField(  # with the address's "how to get in"
        _("instructions"), max_length=300, blank=True, place="dispatch_task.instructions"
    )
    tour = models.ForeignKey(Tour, models.PROTECT, null=True, blank=True, related_name="tasks")
    position = models.PositiveIntegerField(null=True, blank=True)  # in the tour, from 0
    version = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["after", "pk"]
        indexes = [models.Index(name="task_by_day", fields=["day", "status"])]
        constraints = [
            models.CheckConstraint(
                name="task_window_ordered",
                condition=Q(before__gt=F("after")),
                violation_error_message=_("The time window must end after it starts."),
            ),
            models.CheckConstraint(
                name="task_place_in_tour_is_whole",
                condition=Q(tour=None, position=None)
                | Q(tour__isnull=False, position__isnull=False),
            ),
            models.CheckConstraint(
                name="task_ridden_has_courier",
                condition=~Q(status__in=["DOING", "DONE"]) | Q(tour__isnull=False),
            ),
            models.CheckConstraint(
                name="task_finished_has_time",
                condition=~Q(status__in=["DONE", "FAILED"]) | Q(finished_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="task_position_once",
                fields=["tour", "position"],
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.place}"

    @property
    def is_pickup(self) -> bool:
        return self.kind == self.Kind.PICKUP


class FailureReason(models.TextChoices):
    """Why a stop could not be made: the six tiles of the courier's page."""

    ABSENT = "absent", _("Nobody there")
    CLOSED = "closed", _("Closed")
    ADDRESS = "address", _("Wrong address")
    REFUSED = "refused", _("Refused")
    DAMAGED = "damaged", _("Damaged")
    OTHER = "other", _("Something else")


class TaskEvent(models.Model):
    """What happened to a task, append-only. A phone's action carries its own id and clock:
    late, doubled or reordered, it is folded into the task once."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        ASSIGNED = "assigned", _("Assigned")
        UNASSIGNED = "unassigned", _("Taken back")
        STARTED = "started", _("On the way")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        RESTORED = "restored", _("Restored")
        CHANGED = "changed", _("Changed")

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    client_id = models.UUIDField(unique=True, db_default=UUID4())  # the phone's, or just any
    device_at = models.DateTimeField(null=True, blank=True)  # the phone's clock at the tap
    recorded_at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"


@tracked(parent="task", personal=("recipient_name", "photo"))
class Proof(models.Model):
    """That a drop-off was made: to whom, and a photo."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="proofs")
    event = models.OneToOneField(TaskEvent, models.PROTECT)
    recipient_name = models.CharField(_("received by"), max_length=120, blank=True)
    photo = models.ImageField(upload_to="proofs/", blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proof_shows_something", condition=~Q(recipient_name="") | ~Q(photo="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.recipient_name}"


@tracked(parent="task", personal=("note",))
class Incident(models.Model):
    """Something went wrong at a stop and a dispatcher has to look at it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="incidents")
    event = models.OneToOneField(TaskEvent, models.PROTECT)
    reason = models.CharField(_("reason"), max_length=10, choices=FailureReason)
    note = EncryptedTextField(_("note"), max_length=300, blank=True, place="dispatch_incident.note")
    created_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.reason}"
