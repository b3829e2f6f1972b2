"""The one way to write down what happens at the doors.

    record(Kind.FACTOR_ADDED, device="totp")
    record(Kind.ROLES_CHANGED, about=person, before=[...], after=[...])

Who did it, from which address and in which request is known from the request at hand. An event is
kept when the transaction around it is: what is refused is recorded outside of one.
"""

import re
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from audit.models import SecurityEvent
from coopcycle.current import actor_here, current_act, visitor

Kind = SecurityEvent.Kind

_SECRET = re.compile(r"password|secret|token|code|otp|seed|key|cookie|csrf", re.IGNORECASE)


def record(
    kind: Kind,
    *,
    user: AbstractBaseUser | None = None,
    about: AbstractBaseUser | None = None,
    rule: str = "",
    **details: Any,
) -> SecurityEvent:
    """Write one security event: `user` (else the person of the request at hand) did it to `about`.

    `rule` names what said no: a view, a limit. `details` are a few plain values for people to
    read. Raises ValueError for one that is named like a secret: none is ever kept.
    """
    if secret := next(filter(_SECRET.search, details), None):
        raise ValueError(f"No secret is kept in a security event: {secret}.")
    act = current_act()
    if user is None and (name := visitor()):
        details["federation"] = name
    return SecurityEvent.objects.create(
        at=timezone.now(),
        kind=kind,
        user_id=user.pk if user is not None else actor_here(),
        about_id=about.pk if about is not None else None,
        address=act.address,
        request_id=act.request_id,
        rule=rule[:120],
        details=details,
    )
