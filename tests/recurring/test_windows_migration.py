"""The one migration that moved data: versions had one window each, and have several now."""

from datetime import time

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coopcycle.db.owner import as_owner
from recurring.models import RuleWindow
from tenants.context import in_cooperative
from tests.recurring.conftest import make_kitchen

SEVERAL, ONE = "0005_times_into_windows", "0004_windows_agreed_prices_and_history"
WINDOW = ("opens", "minutes", "pickup_opens", "pickup_minutes", "pickup_days_before")


def migrated_to(name: str):
    """The models of that time, on tables as they were then."""
    MigrationExecutor(connection).migrate([("recurring", name)])
    return MigrationExecutor(connection).loader.project_state([("recurring", name)]).apps


def test_windows_become_the_one_of_their_version_and_come_back(login_wall):
    with in_cooperative(login_wall.alpha):
        version = make_kitchen().standing_order().versions.get()
        RuleWindow.objects.filter(version=version).update(
            pickup_opens=time(19), pickup_days_before=1, pickup_minutes=45
        )
        RuleWindow.objects.create(
            version=version, opens=time(15), pickup_opens=time(14), pickup_minutes=30
        )
    with as_owner(), in_cooperative(login_wall.alpha):
        then = migrated_to(ONE).get_model("recurring", "RuleVersion").objects.get(pk=version.pk)
        windows = migrated_to(SEVERAL).get_model("recurring", "RuleWindow")
        kept = list(windows.objects.filter(version=version.pk).values_list(*WINDOW))

    assert (then.window_minutes, then.pickup_minutes) == (30, 45)
    assert then.pickup_lead_minutes == 11 * 60 + 30  # 19:00 the evening before, for 6:30
    assert kept == [(time(6, 30), 30, time(19), 45, 1)]
