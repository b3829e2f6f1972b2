"""Coming in: at once for tests that are about something else, or by code as a person does."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.second_factor import demo
from accounts.second_factor.models import STEP_SECONDS, AuthenticatorApp
from accounts.second_factor.sessions import CONFIRMED, VERIFIED, mark_verified


def enter(browser: Client, user: User) -> None:
    """Signed in with all that the person must show, a moment ago."""
    browser.force_login(user)
    session = browser.session
    mark_verified(session, timezone.now())
    session.save()


def forget_second_step(browser: Client) -> None:
    """As if the session had been opened with a password alone."""
    _without(browser, VERIFIED)


def grow_stale(browser: Client) -> None:
    """As if the person had shown long ago who they are."""
    _without(browser, CONFIRMED)


def _without(browser: Client, mark: str) -> None:
    session = browser.session
    del session[mark]
    session.save()


def give_app(user: User) -> User:
    """An authenticator app whose secret `code_for` knows."""
    demo.give_app(user, timezone.now())
    return user


def code_for(user: User, at: datetime | None = None, later: int = 0) -> str:
    """What their app shows now, or so many half minutes later; one code opens one door."""
    moment = (at or timezone.now()) + timedelta(seconds=later * STEP_SECONDS)
    return demo.app_of(user.email).code(moment)


def app_of(user: User) -> Any:
    """Their app in force, as the database has it."""
    return AuthenticatorApp.objects.get(user=user, confirmed=True)
