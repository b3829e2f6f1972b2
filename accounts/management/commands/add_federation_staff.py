"""`manage.py add_federation_staff EMAIL NAME`: someone who opens co-ops. The first of a new installation."""

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.models import User
from tenants.context import in_federation


class Command(BaseCommand):
    help = (
        "Add someone who opens co-ops on the federation's own host. Asks for the password, "
        "or reads it from a pipe."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        email, name = options["email"].strip().lower(), options["name"].strip()
        user = User(email=email, name=name, is_federation_staff=True)
        password = _ask()
        with in_federation():
            if User.objects.filter(email=email).exists():
                raise CommandError(f"{email} is there already.")
            try:
                validate_email(email)
                validate_password(password, user)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            User.objects.create_user(email, password, name=name, is_federation_staff=True)
        port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
        place = f"{settings.PUBLIC_SCHEME}://{settings.BASE_HOST}{port}/sign-in/"
        self.stdout.write(f"{name} signs in at {place}")


def _ask() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass()
    if getpass("Password (again): ") != password:
        raise CommandError("The two passwords differ.")
    return password
