import psycopg
import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection

from tenants.context import in_cooperative
from tests.browser.platform import running_platform
from tests.browser.town import settle
from tests.browser.visitor import Visitors
from tests.look.browser import running_chromium


@pytest.fixture
def town(login_wall, settings):
    """People and goods in the co-op alpha, committed; passwords as the servers read them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    with in_cooperative(login_wall.alpha):
        people = settle(login_wall.alpha)
    connection.close()
    return people


@pytest.fixture
def generate_ahead(login_wall):
    """Sets how many days of standing orders are made ahead."""

    def set_horizon(days):
        with psycopg.connect(login_wall.url(), autocommit=True) as owner:
            changed = owner.execute(
                "UPDATE tenants_cooperative SET generation_horizon_days = %s", [days]
            )
            assert changed.rowcount > 0

    set_horizon(1)  # the test's first delivery is later, so that only the worker can make it
    return set_horizon


@pytest.fixture
def platform(login_wall, town, generate_ahead, tmp_path):
    """The servers and the worker of this test's database."""
    with redis.Redis.from_url(django_settings.REDIS_URL) as valkey:
        valkey.delete("celery")  # what other tests have left
    with running_platform(login_wall.url(), tmp_path, login_wall.alpha.slug) as running:
        yield running


@pytest.fixture
def visitors(platform, login_wall, tmp_path):
    """Opens browsers at alpha's host. Ends before the database goes."""
    with running_chromium() as browser:
        yield Visitors(browser, platform.origin(login_wall.alpha.slug))
