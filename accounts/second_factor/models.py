"""What a person has besides the password: an authenticator app, backup codes; passkeys are the library's."""

import base64
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.oath import TOTP

from coopcycle.db.encrypted import EncryptedTextField

STEP_SECONDS = 30
DIGITS = 6
CLOCK_TOLERANCE = 1  # steps before and after: a phone's clock may be half a minute off


class AuthenticatorApp(Device):
    """A phone that makes six figures every half minute (TOTP, RFC 6238).

    A person has one. While they set up another, it waits beside it, not `confirmed`.
    """

    secret_in_letters = EncryptedTextField(place="second_factor_authenticatorapp.secret")
    last_step = models.BigIntegerField(default=-1)  # of the last code taken: none is taken twice
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_authenticator_app", fields=["user", "confirmed"]),
        ]

    @property
    def secret(self) -> bytes:
        return base64.b32decode(self.secret_in_letters)

    @secret.setter
    def secret(self, value: bytes) -> None:
        self.secret_in_letters = base64.b32encode(value).decode()

    @property
    def secret_in_fours(self) -> str:
        """The secret as people type it into the app: letters and figures, in fours."""
        text = self.secret_in_letters
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))

    def code(self, at: datetime) -> str:
        """What the app shows at this instant."""
        return f"{self._generator(at).token():0{DIGITS}d}"

    def verify_token(self, token: str, at: datetime | None = None) -> bool:
        """Take a code, once. The row must be locked, or two could use the same code at once."""
        now = at or timezone.now()
        generator = self._generator(now)
        if not (token.isascii() and token.isdigit() and len(token) == DIGITS):
            return False
        if not generator.verify(int(token), CLOCK_TOLERANCE, min_t=self.last_step + 1):
            return False
        self.last_step, self.last_used_at = generator.t(), now
        self.save(update_fields=["last_step", "last_used_at"])
        return True

    def _generator(self, at: datetime) -> Any:
        generator: Any = TOTP(self.secret, STEP_SECONDS, digits=DIGITS)  # type: ignore[no-untyped-call]
        generator.time = at.timestamp()
        return generator


class BackupCodes(Device):
    """Ten codes on paper, each for one sign-in without the phone. Only their hashes are kept."""

    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="one_set_of_backup_codes", fields=["user"])]

    @property
    def left(self) -> int:
        """How many are still good."""
        return self.codes.filter(used_at=None).count()

    def verify_token(self, token: str, at: datetime | None = None) -> bool:
        """Take a code, once. The row of this device must be locked."""
        mark, secret = split_backup_code(token)
        code = self.codes.filter(mark=mark, used_at=None).first()
        if code is None or not check_password(secret, code.secret_hash):
            return False
        code.used_at = at or timezone.now()
        code.save(update_fields=["used_at"])
        return True


class BackupCode(models.Model):
    """One of them. Its first two characters find the row, so that one slow hash is reckoned, not ten."""

    device = models.ForeignKey(BackupCodes, models.CASCADE, related_name="codes")
    mark = models.CharField(max_length=2)
    secret_hash = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="backup_code_mark_once", fields=["device", "mark"]),
        ]

    def __str__(self) -> str:
        return f"{self.mark}…"

    def set_secret(self, secret: str) -> None:
        self.secret_hash = make_password(secret)


def split_backup_code(text: str) -> tuple[str, str]:
    """A typed code as (mark, secret): without what people put between the characters."""
    plain = "".join(letter for letter in text.lower() if letter.isalnum())
    return plain[:2], plain[2:]


class FactorReset(models.Model):
    """Someone lost their device, and somebody else let them begin anew. Kept as it happened."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="factor_resets")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    by_name = models.CharField(max_length=80)  # the federation's staff are nobody of the co-op
    reason = models.CharField(_("reason"), max_length=300)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints = [
            models.CheckConstraint(name="factor_reset_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.at:%Y-%m-%d})"
