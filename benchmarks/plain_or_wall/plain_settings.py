"""Django as its tutorial has it: one schema, one login. The floors of wall.py."""

import os

from coopcycle.db.address import parse_address

SECRET_KEY = "benchmark"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "benchmarks.plain_or_wall.view"
MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]  # wanted to load; server.py uses none
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    # What the models of people name; none of it stands before the view.
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "benchmarks.plain_or_wall.apps.AuditModels",
    "django_otp_webauthn",
    "accounts",
    "accounts.second_factor",
    "coopcycle",
]
AUTH_USER_MODEL = "accounts.User"
LOGGING_CONFIG = None
# Each thread keeps a connection: nothing is cheaper, and each holds it while it does something else.
# With PLAIN_POOL a request borrows one of eight, by Django's own pool, as a busy server does it.
_POOL = {"pool": {"min_size": 8, "max_size": 8}} if os.environ.get("PLAIN_POOL") else {}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **parse_address(os.environ["DATABASE_URL"]),
        "CONN_MAX_AGE": 0 if _POOL else None,
        "OPTIONS": {"options": f"-c search_path={os.environ['PLAIN_SCHEMA']}", **_POOL},
    }
}
