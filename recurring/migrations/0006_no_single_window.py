from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("recurring", "0005_times_into_windows")]

    operations = [
        migrations.RemoveConstraint(
            model_name="ruleversion",
            name="version_window_within_a_day",
        ),
        migrations.RemoveField(
            model_name="ruleversion",
            name="pickup_lead_minutes",
        ),
        migrations.RemoveField(
            model_name="ruleversion",
            name="pickup_minutes",
        ),
        migrations.RemoveField(
            model_name="ruleversion",
            name="price_policy",
        ),
        migrations.RemoveField(
            model_name="ruleversion",
            name="window_minutes",
        ),
    ]
