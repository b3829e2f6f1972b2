"""Each version's one window becomes the first of its windows; back, the first is the only one."""

from datetime import datetime, timedelta
from typing import Any

from django.db import migrations


def into_windows(apps: Any, schema_editor: Any) -> None:
    versions = apps.get_model("recurring", "RuleVersion").objects.all()
    window = apps.get_model("recurring", "RuleWindow")
    window.objects.bulk_create(
        [_window(window, version) for version in versions.iterator()], batch_size=1000
    )


def _window(window: Any, version: Any) -> Any:
    opens = datetime.fromisoformat(version.dtstart)
    pickup = opens - timedelta(minutes=version.pickup_lead_minutes)
    return window(
        version=version,
        opens=opens.time(),
        minutes=version.window_minutes,
        pickup_opens=pickup.time(),
        pickup_minutes=max(15, version.pickup_minutes),
        pickup_days_before=(opens.date() - pickup.date()).days,
    )


def out_of_windows(apps: Any, schema_editor: Any) -> None:
    versions = apps.get_model("recurring", "RuleVersion").objects.prefetch_related("windows")
    for version in versions.iterator(chunk_size=1000):
        opens = datetime.fromisoformat(version.dtstart)
        window = min(version.windows.all(), key=lambda each: each.opens)
        pickup = datetime.combine(
            opens.date() - timedelta(days=window.pickup_days_before), window.pickup_opens
        )
        version.window_minutes = window.minutes
        version.pickup_lead_minutes = int((opens - pickup).total_seconds()) // 60
        version.pickup_minutes = window.pickup_minutes
        version.save()
    apps.get_model("recurring", "RuleWindow").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("recurring", "0004_windows_agreed_prices_and_history")]

    operations = [migrations.RunPython(into_windows, out_of_windows)]
