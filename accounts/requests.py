"""The request as these views get it: the access matrix has let in a person of a co-op."""

from django.http import HttpRequest

from accounts.models import User
from tenants.models import Cooperative


class OwnRequest(HttpRequest):
    """A request of somebody who is signed in, at a co-op's host or the federation's."""

    user: User


def layout(request: HttpRequest) -> str:
    """The frame of pages that both hosts have."""
    return "shell.html" if getattr(request, "cooperative", None) else "federation_base.html"


class PersonRequest(HttpRequest):
    """A request of somebody who signed in at a co-op's host."""

    user: User
    cooperative: Cooperative
