"""Opening a co-op: its workspace, and the mail that lets its first administrator in."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from accounts.invitations import invite
from coopcycle.addresses import whole_address
from tenants.models import Cooperative
from tenants.provisioning import create_cooperative


def open_cooperative(
    *,
    administrator_name: str,
    administrator_email: str,
    language: str,
    inviter: str,
    at: datetime,
    **details: Any,
) -> Cooperative:
    """Open a co-op and invite its first administrator, both or neither.

    `details` go to `create_cooperative`. Raises DomainError when a name or address is taken.
    """

    def invite_first(cooperative: Cooperative) -> None:
        invite(
            email=administrator_email,
            name=administrator_name,
            language=language,
            actor=None,
            inviter=inviter,
            at=at,
            link_to=lambda secret: address_of(cooperative, invitation_path(secret)),
            site_name=cooperative.name,
            roles=["is_administrator", "is_dispatcher"],
            action_id=uuid4(),
        )

    return create_cooperative(**details, first_steps=[invite_first])


def address_of(cooperative: Cooperative, path: str = "/") -> str:
    """The whole address of a page of a co-op."""
    return whole_address(f"{cooperative.slug}.{settings.BASE_HOST}", path)


def invitation_path(secret: str) -> str:
    """Where a co-op's host takes an invitation; asked from the federation's host."""
    return reverse("accounts:invitation-accept", args=[secret], urlconf=settings.ROOT_URLCONF)
