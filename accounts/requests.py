"""The request as these views get it: the access matrix has let in a person of a co-op."""

from django.http import HttpRequest

from accounts.models import User
from tenants.models import Cooperative


class PersonRequest(HttpRequest):
    """A request of somebody who signed in at a co-op's host."""

    user: User
    cooperative: Cooperative
