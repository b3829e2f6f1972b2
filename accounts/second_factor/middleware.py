"""Nobody is anybody before the second factor: the gate that all requests pass."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.second_factor.sessions import is_settled


class SettledPersonMiddleware:
    """A session that owes its second factor is nobody's: no page, rule or template sees a person.

    Sign-in leaves no such session behind (stage.py). It comes about when someone is given a role
    that needs a factor, or by code that signs people in past the stage. It may sign in again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if isinstance(user, User) and not is_settled(user, request.session):
            request.user = AnonymousUser()
            request.auser = _nobody
        return self.get_response(request)


async def _nobody() -> AnonymousUser:
    return AnonymousUser()
