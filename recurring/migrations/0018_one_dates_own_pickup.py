from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0017_holidays_that_ask"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="override",
            name="pickup_lead_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="override",
            name="pickup_minutes",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="standingorderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("created", "Made"),
                    ("edited", "Changed"),
                    ("paused", "Paused"),
                    ("resumed", "Resumed"),
                    ("pause_undone", "Pause taken back"),
                    ("ended", "End set"),
                    ("date_skipped", "Date skipped"),
                    ("date_moved", "Date moved"),
                    ("date_changed", "Date changed"),
                    ("date_restored", "Date back to the rule"),
                    ("date_added", "Date added"),
                    ("part_paused", "A producer's part paused"),
                    ("part_resumed", "A producer's part resumed"),
                    ("rezoned", "Time zone changed"),
                    ("law", "Clock changes altered by law"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="override",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("pickup_lead_minutes", None), ("pickup_minutes", None)),
                    models.Q(
                        models.Q(("action", "cancel"), _negated=True),
                        ("pickup_lead_minutes__range", (0, 10080)),
                        ("pickup_minutes__range", (15, 1440)),
                    ),
                    _connector="OR",
                ),
                name="override_pickup_within_a_week",
                violation_error_message="It must be picked up before it is delivered.",
            ),
        ),
    ]
