"""Deliveries, their stops, and the couriers who ride them."""

import secrets
import uuid
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Address, Business, User
from coopcycle.db.encrypted import EncryptedTextField
from coopcycle.tracking import tracked


def tracking_token() -> str:
    """192 random bits for the recipient's link."""
    return secrets.token_urlsafe(24)


@tracked()
class Vehicle(models.Model):
    """A bike or trailer of the co-op, with what it carries."""

    class Kind(models.TextChoices):
        BIKE = "bike", _("Bike")
        CARGO = "cargo", _("Cargo bike")
        TRAILER = "trailer", _("Bike with trailer")

    name = models.CharField(_("name"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    capacity_grams = models.PositiveIntegerField(_("carries at most (g)"))
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked(parent="user")
class Courier(models.Model):
    """A person of the co-op who rides, with a usual vehicle and a colour for lines on the map."""

    user = models.OneToOneField(User, models.PROTECT, related_name="courier")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True)
    line = models.PositiveSmallIntegerField(_("line colour"), default=1)  # 1–5, tokens --courier-N
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["user__name"]
        constraints = [
            models.CheckConstraint(name="courier_line_has_token", condition=Q(line__range=(1, 5)))
        ]

    def __str__(self) -> str:
        return self.user.name

    @property
    def is_riding(self) -> bool:
        """Whether stops can be given to them: still here, with an account that rides."""
        return self.archived_at is None and self.user.is_active and self.user.is_courier


@tracked(parent="courier")
class Shift(models.Model):
    """Hours a courier rides, `[after, before)`."""

    courier = models.ForeignKey(Courier, models.CASCADE, related_name="shifts")
    after = models.DateTimeField()
    before = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="shift_ordered", condition=Q(before__gt=F("after"))),
            models.UniqueConstraint(name="shift_starts_once", fields=["courier", "after"]),
        ]

    def __str__(self) -> str:
        return f"{self.courier_id} {self.after:%F %R}"


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
    client_id = models.UUIDField(unique=True, default=uuid.uuid4)  # the phone's; else made here
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
    aside_because = models.CharField(_("why it was put aside"), max_length=300, blank=True)
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
