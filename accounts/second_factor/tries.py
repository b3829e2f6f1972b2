"""Taking a code or a password, and counting those that were wrong."""

from datetime import datetime

from django.db import transaction

from accounts import limits
from accounts.models import User
from accounts.second_factor.models import DIGITS, AuthenticatorApp, BackupCodes
from accounts.second_factor.services import tell
from audit.recording import Kind, record

KIND = "code"


def take_code(*, user: User, code: str, at: datetime, site_name: str) -> bool:
    """Whether this is a code of the person's app, or a backup code; either opens once.

    Each try is counted in the database before it is known to be right. Raises TooManyTriesError
    once there were too many wrong ones; then the person hears of it: somebody knows their
    password. Not inside a transaction, which would take the count back.
    """
    is_last = limits.spend(KIND, user.pk, at=at)
    if _is_right(user, code, at):
        limits.give_back(KIND, user.pk, at=at)
        record(Kind.FACTOR_PASSED, user=user, about=user)
        return True
    record(Kind.FACTOR_FAILED, user=user, about=user)
    if is_last:
        record(Kind.LOCKED_OUT, user=user, about=user, rule=KIND)
        tell(user, "second_factor_tried", site_name)
    return False


def take_password(*, user: User, password: str, at: datetime) -> bool:
    """Whether it is the password of the person who is signed in. Counted as codes are."""
    is_last = limits.spend("password", user.pk, at=at)
    if user.check_password(password):
        limits.give_back("password", user.pk, at=at)
        record(Kind.CONFIRMED, user=user, about=user)
        return True
    record(Kind.CONFIRM_FAILED, user=user, about=user)
    if is_last:
        record(Kind.LOCKED_OUT, user=user, about=user, rule="password")
    return False


@transaction.atomic
def _is_right(user: User, code: str, at: datetime) -> bool:
    """The device's row is locked: of two who send the same code at once, one gets in."""
    model = AuthenticatorApp if code.isdigit() and len(code) == DIGITS else BackupCodes
    device = model.objects.select_for_update().filter(user=user, confirmed=True).first()
    return device is not None and device.verify_token(code, at)
