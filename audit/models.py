"""What is kept of all that is done. Append-only: a co-op's login may add and read, no more."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class CurrentTransaction(models.Func):
    """The number of the transaction that writes a row: the chain is sealed up to one of them."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    arity = 0


class SecurityEvent(models.Model):
    """Something at the doors: a sign-in, a refusal, an export, a change of roles.

    People are numbers, without a foreign key: an event outlives the person. Never a secret, and
    nothing that somebody typed: in the field for the e-mail there may be a password.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        SIGNED_OUT = "signed_out", _("Signed out")
        LOCKED_OUT = "locked_out", _("Locked out for a time")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        PASSWORD_RESET_ASKED = "password_reset_asked", _("New password asked for")
        EMAIL_CHANGED = "email_changed", _("E-mail address changed")
        FACTOR_ADDED = "factor_added", _("Second factor added")
        FACTOR_REMOVED = "factor_removed", _("Second factor removed")
        FACTOR_PASSED = "factor_passed", _("Second factor passed")
        FACTOR_FAILED = "factor_failed", _("Second factor refused")
        CONFIRMED = "confirmed", _("Password asked again, and right")
        CONFIRM_FAILED = "confirm_failed", _("Password asked again, and wrong")
        SESSION_ENDED = "session_ended", _("Session ended")
        INVITED = "invited", _("Invited")
        INVITATION_ACCEPTED = "invitation_accepted", _("Invitation accepted")
        INVITATION_REVOKED = "invitation_revoked", _("Invitation taken back")
        ROLES_CHANGED = "roles_changed", _("Roles changed")
        DEACTIVATED = "deactivated", _("May not sign in any more")
        REACTIVATED = "reactivated", _("May sign in again")
        REFUSED = "refused", _("Refused")
        EXPORTED = "exported", _("Exported")
        ERASED = "erased", _("Personal data erased")
        RESTORED = "restored", _("Brought back from a backup")

    at = models.DateTimeField()
    kind = models.CharField(max_length=24)  # a Kind; a new one needs no migration
    user_id = models.BigIntegerField(null=True, blank=True)  # who did it; none: not signed in
    about_id = models.BigIntegerField(null=True, blank=True)  # whose account it was about
    address = models.GenericIPAddressField(null=True, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    rule = models.CharField(max_length=120, blank=True)  # the view that was refused, or the limit
    details = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    xact = models.BigIntegerField(db_default=CurrentTransaction())

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes = [
            models.Index(name="security_by_user", fields=["user_id", "-id"]),
            models.Index(name="security_by_about", fields=["about_id", "-id"]),
            models.Index(name="security_by_kind", fields=["kind", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %R} {self.kind}"

    @property
    def words(self) -> Promise | str:
        """What happened, for people."""
        return self.Kind(self.kind).label if self.kind in self.Kind else self.kind


class Event(models.Model):
    """One row of a business table that was inserted, updated or deleted; written by triggers only.

    `changes`: for an update {column: [before, after]}, else the row's columns that hold something.
    `reason` and `changes` are its content, which erasure may take out: then `erased_hash` holds
    the content's hash, so that the chain still proves who changed which row, and when. The event of
    the erasure lists in its own `changes`, under `#kept`, the hash of what stays of each.
    """

    class Operation(models.TextChoices):
        INSERT = "I", _("Added")
        UPDATE = "U", _("Changed")
        DELETE = "D", _("Removed")
        ERASE = "E", _("Personal data erased")

    at = models.DateTimeField()
    xact = models.BigIntegerField()
    kind = models.CharField(max_length=63)  # the table
    row_id = models.BigIntegerField()
    parent_id = models.BigIntegerField(null=True, blank=True)  # the row that this one is a part of
    operation = models.CharField(max_length=1, choices=Operation)
    actor_id = models.BigIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    login = models.CharField(max_length=63, blank=True)  # when it was not the co-op's own
    reason = models.CharField(max_length=300, blank=True)
    changes = models.JSONField()
    salt = models.UUIDField(null=True, blank=True)  # so that no erased value can be guessed
    erased_hash = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        indexes = [
            models.Index(name="event_by_row", fields=["kind", "row_id", "id"]),
            models.Index(
                name="event_by_parent",
                fields=["kind", "parent_id", "id"],
                condition=models.Q(parent_id__isnull=False),
            ),
            models.Index(
                name="event_by_actor",
                fields=["actor_id", "id"],
                condition=models.Q(actor_id__isnull=False),
            ),
            models.Index(
                name="event_by_request", fields=["request_id"], condition=~models.Q(request_id="")
            ),
        ]  # and a BRIN index over xact and at, in the migration

    def __str__(self) -> str:
        return f"{self.at:%F %R} {self.operation} {self.kind} {self.row_id}"


class Seal(models.Model):
    """A link of the chain: events of the transactions `[from_xact, to_xact)`, one digest each.

    All of those transactions had ended, so no event can join them later. `above_id` begins anew
    after a restore, when transactions are numbered by another server. Old events are pruned a
    whole seal at a time: `content` stays, so the chain still runs through it.
    """

    class Log(models.TextChoices):
        EVENT = "event", _("Changes")
        SECURITY = "security", _("Sign-ins and refusals")

    log = models.CharField(max_length=8, choices=Log)
    number = models.PositiveIntegerField()  # from 1, without a gap
    above_id = models.BigIntegerField()
    from_xact = models.BigIntegerField()
    to_xact = models.BigIntegerField()
    amount = models.PositiveIntegerField()
    newest_at = models.DateTimeField()
    event_ids = models.BinaryField(null=True, blank=True)  # 8 bytes each, ascending
    digests = models.BinaryField(null=True, blank=True)  # 32 bytes each, in the same order
    content = models.BinaryField()  # the hash of ids and digests
    root = models.BinaryField()  # the hash of the seal before, and all of the above
    sealed_at = models.DateTimeField()
    pruned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["log", "number"]
        constraints = [models.UniqueConstraint(name="seal_once", fields=["log", "number"])]

    def __str__(self) -> str:
        return f"{self.log} {self.number}"
