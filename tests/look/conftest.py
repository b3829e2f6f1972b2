import os

import pytest
from django.db import connections

from coopcycle.db.base import current_connection
from tests.look.browser import running_chromium


@pytest.fixture(scope="module")
def chromium():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop on this thread
    with running_chromium() as browser:
        yield browser
        # Beside a running loop Django uses a connection of its own: give it back before the loop ends.
        current_connection().leave()
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
