"""`manage.py demo_accounts [--json]`: who can sign in to the demo federation."""

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from coopcycle.demo.people import PASSWORD
from coopcycle.demo.towns import all_accounts


class Command(BaseCommand):
    help = "Hosts, roles, e-mails and passwords of the demo federation (only where DEMO=1)."
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
                "second_factor": None,
            }
            for account in all_accounts()
        ]
        if options["json"]:
            self.stdout.write(json.dumps(accounts, ensure_ascii=False, indent=1))
            return
        for account in accounts:
            self.stdout.write(
                f"{account['host']:<22} {account['role']:<14} {account['email']:<46} {account['business'] or ''}"
            )
        self.stdout.write(f"\nThe password of all of them: {PASSWORD}")
