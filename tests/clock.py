"""What day it is where the tests' co-ops are. By UTC it is still yesterday there for an hour or two."""

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

_ZONE = ZoneInfo("Europe/Paris")


def local_today() -> date:
    return timezone.localdate(timezone=_ZONE)
