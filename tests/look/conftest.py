import os
import shutil

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

from coopcycle.db.base import current_connection

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)


@pytest.fixture(scope="module")
def chromium():
    if not CHROMIUM:
        pytest.fail("Chromium is missing: `make test` installs it, or apt-get install chromium")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop on this thread
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
        # Beside a running loop Django uses a connection of its own: give it back before the loop ends.
        current_connection().leave()
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
