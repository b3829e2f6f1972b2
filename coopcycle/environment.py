"""Typed reads of the environment that fail loudly, with the name of what is missing."""

import os

from django.core.exceptions import ImproperlyConfigured


def env_str(name: str, default: str) -> str:
    """Text of `name`, or `default` when it is unset or empty."""
    return os.environ.get(name) or default


def env_bool(name: str, *, default: bool) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off; anything else is refused."""
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    if text in {"1", "true", "yes", "on"}:
        return True
    if text in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")


def env_int(name: str, default: int) -> int:
    """Whole number of `name`; anything else is refused."""
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}.") from error


def env_list(name: str) -> list[str]:
    """Comma-separated words of `name`, without empty ones."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def env_secret(name: str, *, demo: bool) -> str:
    """A secret. Outside the demo it must be set; `NAME_FILE` may point to a file that holds it."""
    if path := os.environ.get(f"{name}_FILE"):
        with open(path) as file:
            return file.read().strip()
    if value := os.environ.get(name):
        return value
    if demo:
        return f"demo-{name.lower()}-not-for-production-use-0123456789abcdef"
    raise ImproperlyConfigured(f"{name} is not set. Set it, or {name}_FILE, to a long random text.")
