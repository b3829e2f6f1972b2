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
