"""The demo's second step: secrets that anyone can reckon, so that nobody needs a phone to look around.

Only where DEMO=1, and only for the demo's own people: a secret that somebody has set up there by
hand is theirs, and told to nobody.
"""

import hmac
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from accounts.second_factor.models import STEP_SECONDS, AuthenticatorApp


def secret_of(email: str) -> bytes:
    """The secret of one of the demo's people."""
    return hmac.digest(b"the demo of the federation", email.lower().encode(), "sha1")


def app_of(email: str) -> AuthenticatorApp:
    """The person's app, as `demo_accounts` reckons it without a database."""
    app = AuthenticatorApp(name="app")
    app.secret = secret_of(email)
    return app


def give_app(user: User, at: datetime) -> None:
    """Set the demo's app up for a person who has no factor yet, without mail or fuss."""
    if user.has_second_factor:
        return
    app = app_of(user.email)
    app.user, app.created_at = user, at
    app.save()
    user.has_second_factor = True
    user.save(update_fields=["has_second_factor"])


def code_to_show(user: User, at: datetime) -> str | None:
    """The code that opens now, for the page that asks for it. None outside of the demo."""
    if not settings.DEMO:
        return None
    app: AuthenticatorApp | None
    app = AuthenticatorApp.objects.filter(user=user, confirmed=True).first()
    if app is None or not hmac.compare_digest(app.secret, secret_of(user.email)):
        return None
    step = int(at.timestamp()) // STEP_SECONDS
    if app.last_step > step:
        return None  # this one and the next are used up: in half a minute there is another
    code: str = app.code(at if app.last_step < step else at + timedelta(seconds=STEP_SECONDS))
    return code
