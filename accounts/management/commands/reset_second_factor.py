"""`manage.py reset_second_factor EMAIL REASON [--cooperative SLUG]`: for the one whom nobody else can help."""

from argparse import ArgumentParser
from contextlib import AbstractContextManager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.second_factor.services import reset_factor
from coopcycle.errors import DomainError
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative


class Command(BaseCommand):
    help = (
        "Let somebody who lost their device set up a new second step: of the federation's staff, "
        "or with --cooperative of a co-op. They are told by mail, with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("reason")
        parser.add_argument("--cooperative", metavar="SLUG", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        site_name, place = _place(options["cooperative"])
        with place:
            person = User.objects.filter(email__iexact=options["email"].strip()).first()
            if person is None:
                raise CommandError(f"Nobody has the address {options['email']} there.")
            try:
                reset_factor(
                    person_id=person.pk,
                    actor=None,
                    actor_name="CoopCycle",
                    reason=options["reason"],
                    at=timezone.now(),
                    site_name=site_name,
                )
            except DomainError as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{person.name} sets up a new second step at the next sign-in.")


def _place(slug: str) -> tuple[str, AbstractContextManager[Any]]:
    """How the mail calls us, and where the person is."""
    if not slug:
        return "CoopCycle", in_federation()
    with in_federation():
        cooperative = Cooperative.objects.filter(slug=slug).first()
    if cooperative is None:
        raise CommandError(f"No co-op is called {slug}.")
    return cooperative.name, in_cooperative(cooperative)
