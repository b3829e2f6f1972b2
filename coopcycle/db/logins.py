"""Names and passwords of the database logins.

Each cooperative has a login named as its schema. A password is derived from one secret of the
installation, so it is stored nowhere, and a web process can compute any of them.
"""

import base64
import hashlib
import hmac
import re
import secrets

from django.conf import settings

OWNER = "(owner)"  # stands for the login of DATABASE_URL, whatever its name
FEDERATION_LOGIN = "coopcycle_federation"
COOPERATIVES_GROUP = "coopcycle_cooperatives"  # holds the rights that all co-ops share

_SCHEMA = re.compile(r"c_[0-9a-f]{12,40}\Z")
# The password has 256 random bits, so stretching it would only make connecting slower.
_SCRAM_ITERATIONS = 1


def new_schema_name() -> str:
    """An opaque name: it tells nobody which cooperative it belongs to, and never needs to change."""
    return f"c_{secrets.token_hex(8)}"


def is_cooperative_schema(name: str) -> bool:
    """True for names that `new_schema_name` makes; they are safe inside SQL without quotes."""
    return _SCHEMA.match(name) is not None


def login_for(schema: str) -> str:
    """The login that may read and write `schema`."""
    if schema == settings.PUBLIC_SCHEMA_NAME:
        return FEDERATION_LOGIN
    if is_cooperative_schema(schema):
        return schema
    raise ValueError(f"{schema!r} is not the schema of a cooperative.")


def password_for(login: str) -> str:
    """The password of a login: an HMAC of its name, 64 hexadecimal digits."""
    return _derived(settings.DATABASE_LOGIN_SECRET, login)


def previous_password_for(login: str) -> str | None:
    """The password before the secret was changed, while processes with both secrets run."""
    secret = settings.DATABASE_LOGIN_SECRET_PREVIOUS
    return _derived(secret, login) if secret else None


def _derived(secret: str, login: str) -> str:
    text = f"database login {login}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def scram_verifier(password: str) -> str:
    """What PostgreSQL stores for `password`, so that the password itself is never sent or logged."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${_SCRAM_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"
