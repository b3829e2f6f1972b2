"""`manage.py demo_accounts [--json]`: who can sign in to the demo federation."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.second_factor.demo import app_of
from coopcycle.demo.people import PASSWORD, Account
from coopcycle.demo.towns import all_accounts


class Command(BaseCommand):
    help = "Hosts, roles, e-mails, passwords and codes of the demo federation (only where DEMO=1)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is not the demo: set DEMO=1 where it is.")
        accounts = [
            {
                "cooperative": account.cooperative or None,
                "host": f"{account.cooperative}.{settings.BASE_HOST}".lstrip("."),
                "role": account.role,
                "business": account.business or None,
                "name": account.name,
                "email": account.email,
                "password": PASSWORD,
                **_second_factor(account),
            }
            for account in all_accounts()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(accounts, ensure_ascii=False, indent=1))
            return
        for account in accounts:
            code = account["totp_code"]
            last = account["business"] or (f"code {code}" if code else "")
            self.stdout.write(
                f"{account['host']:<22} {account['role']:<14} {account['email']:<46} {last}".rstrip()
            )
        self.stdout.write(
            f"\nThe password of all of them: {PASSWORD}\n"
            "Codes change every half minute and open once; the page that asks shows the one of now."
        )


def _second_factor(account: Account) -> dict[str, str | None]:
    """The secret as authenticator apps take it, and what such an app shows at this moment."""
    if not account.has_second_factor:
        return {"second_factor": None, "totp_secret": None, "totp_code": None}
    app = app_of(account.email)
    return {
        "second_factor": "totp",
        "totp_secret": app.secret_in_letters,
        "totp_code": app.code(timezone.now()),
    }
