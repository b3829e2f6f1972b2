"""A database address (`postgresql://user:password@host:port/name`) as Django's settings want it."""

from typing import TypedDict
from urllib.parse import unquote, urlsplit


class Address(TypedDict):
    NAME: str
    USER: str
    PASSWORD: str
    HOST: str
    PORT: str


def parse_address(url: str) -> Address:
    """Split a PostgreSQL address; a socket folder is given as `?host=/folder`."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://")
    host = parts.hostname or ""
    for pair in parts.query.split("&"):
        if pair.startswith("host="):
            host = unquote(pair.removeprefix("host="))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
    }
