"""Reads for the pages of the second step."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django_otp_webauthn.models import WebAuthnCredential

from accounts.models import User
from accounts.second_factor.models import AuthenticatorApp, BackupCodes


@dataclass(frozen=True)
class Ways:
    """How a person can take the second step."""

    app: AuthenticatorApp | None
    passkeys: list[WebAuthnCredential]
    backup_codes_left: int

    @property
    def has_any(self) -> bool:
        return bool(self.app or self.passkeys)


def ways_of(user: User) -> Ways:
    """All that is in force; an app that waits for its first code is not."""
    backup = BackupCodes.objects.filter(user=user).first()
    return Ways(
        app=AuthenticatorApp.objects.filter(user=user, confirmed=True).first(),
        passkeys=list(WebAuthnCredential.objects.filter(user=user).order_by("created_at", "pk")),
        backup_codes_left=backup.left if backup else 0,
    )


def address_of_backup_codes() -> str:
    return reverse("security:backup-codes")


def administrators() -> QuerySet[User]:
    """Those of the co-op who may sign in and have a factor that could be lost."""
    return User.objects.filter(is_administrator=True, is_active=True, has_second_factor=True)
