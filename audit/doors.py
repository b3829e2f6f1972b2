"""What Django and allauth say of sign-ins and passwords, written down."""

from typing import Any

from allauth.account import signals as allauth
from django.contrib.auth import get_user_model, signals

from audit.recording import Kind, record
from coopcycle.current import act_as


def listen() -> None:
    """Called once, when the apps are ready."""
    for signal, receiver in (
        (signals.user_logged_in, _signed_in),
        (signals.user_login_failed, _sign_in_failed),
        (signals.user_logged_out, _signed_out),
        (allauth.password_changed, _password_changed),
        (allauth.password_reset, _password_changed),
        (allauth.password_set, _password_changed),
        (allauth.email_changed, _email_changed),
    ):
        signal.connect(receiver, dispatch_uid=f"audit {receiver.__name__}")


def _signed_in(user: Any, **_signal: Any) -> None:
    act_as(user.pk)
    record(Kind.SIGNED_IN, user=user, about=user)


def _sign_in_failed(credentials: dict[str, Any], **_signal: Any) -> None:
    """Names whose account was tried, where there is one; what was typed is not kept."""
    email = credentials.get("email") or credentials.get("username") or ""
    record(Kind.SIGN_IN_FAILED, about=_person(str(email)))


def _signed_out(user: Any, **_signal: Any) -> None:
    if user is not None:
        record(Kind.SIGNED_OUT, user=user, about=user)


def _password_changed(user: Any, **_signal: Any) -> None:
    record(Kind.PASSWORD_CHANGED, user=user, about=user)


def _email_changed(user: Any, **_signal: Any) -> None:
    record(Kind.EMAIL_CHANGED, user=user, about=user)


def _person(email: str) -> Any:
    return (
        get_user_model().objects.filter(email__iexact=email).only("pk").first() if email else None
    )
