"""22: tries that come at the same moment are counted like tries that come one by one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import connection

from accounts import limits
from tenants.context import in_cooperative

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_22_forty_at_once_are_counted_as_forty(login_wall):
    def one_try(_number):
        try:
            with in_cooperative(login_wall.alpha):
                limits.spend("sign-in", "ana", at=NOW)
        except limits.TooManyTriesError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(12) as threads:
        assert sum(threads.map(one_try, range(40))) == 8
