"""Item 42: what every answer tells the browser."""

import re

import pytest
from django.utils import timezone

from tests.scenes import MONDAY, address, furnish, views


@pytest.mark.parametrize("https", [False, True])
def test_42_every_page_carries_the_strict_headers(db, client_for, monkeypatch, settings, https):
    monkeypatch.setattr(timezone, "now", lambda: MONDAY)
    owner, ids = furnish()
    browser = client_for(owner)
    if https:
        settings.SECURE_HSTS_SECONDS = 31_536_000
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    for name, parts in views():
        if name == "account_logout":
            continue
        where = address(name, parts, ids)
        headers = browser.get(where, secure=https).headers
        csp = dict(
            directive.strip().partition(" ")[::2]
            for directive in headers["Content-Security-Policy"].split(";")
        )
        assert csp["default-src"] == "'none'", where
        if "sandbox" in csp:  # a file: it may do nothing at all
            assert csp == {"default-src": "'none'", "sandbox": ""}, where
            assert headers["X-Content-Type-Options"] == "nosniff", where
            continue
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=-]{16,}')?", csp["script-src"]), where
        assert csp["style-src"] == "'self'", where
        assert {csp[each] for each in ("object-src", "base-uri", "frame-ancestors")} == {"'none'"}
        assert csp["form-action"] == "'self'"
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff", where
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), where
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert "geolocation=()" in headers["Permissions-Policy"], where
        assert ("Strict-Transport-Security" in headers) is https, where
