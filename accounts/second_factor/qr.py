"""The picture that an authenticator app takes: drawn into the page, without a style or a script."""

from urllib.parse import quote, urlencode

import segno
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.second_factor.models import AuthenticatorApp

_BORDER = 4  # modules of white around it, which readers need


def address_of(app: AuthenticatorApp, *, email: str, site_name: str) -> str:
    """What is in the picture: the secret, and how the app names it."""
    site = site_name.replace(":", " ")
    query = {"secret": app.secret_in_letters, "issuer": site}
    return f"otpauth://totp/{quote(site)}:{quote(email)}?{urlencode(query, quote_via=quote)}"


def draw(text: str, label: str) -> SafeString:
    """A QR code as SVG; `label` says to those who can't see it what it is."""
    code = segno.make(text, error="m", micro=False)
    rows = [list(row) for row in code.matrix_iter(border=_BORDER)]
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}"><path d="{2}"/></svg>',
        len(rows),
        label,
        path,
    )
