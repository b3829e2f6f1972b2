"""The worker's and beat's app, in a hurry: it ticks each second, and leases are short."""

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
django.setup(set_prefix=False)

from coopcycle import outbox  # noqa: E402 - after setup
from coopcycle.celery import app  # noqa: E402 - after setup
from coopcycle.schedule import AT_ONCE, SCHEDULE  # noqa: E402
from tenants import context  # noqa: E402

__all__ = ["app"]

context._REMEMBER_SECONDS = 0.1
outbox.LEASE = timedelta(seconds=3)  # what a sender that died had in hand goes out then
outbox.FIRST_PAUSE, outbox.LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=2)
outbox.MOST_ATTEMPTS = 5
TICK = timedelta(seconds=1)
app.conf.beat_schedule = {
    name: {**SCHEDULE[name], "schedule": TICK, "options": {"expires": 60}} for name in AT_ONCE
}
app.conf.beat_max_loop_interval = 0.5
