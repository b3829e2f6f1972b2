from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0004_missed_dates"),
    ]

    operations = [
        migrations.AddField(
            model_name="cooperative",
            name="settings_version",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AlterField(
            model_name="cooperative",
            name="subdivision",
            field=models.CharField(
                blank=True, max_length=16, verbose_name="region, for public holidays"
            ),
        ),
        migrations.AddConstraint(
            model_name="cooperative",
            constraint=models.CheckConstraint(
                condition=models.Q(("colour__regex", "^#[0-9a-fA-F]{6}$")),
                name="cooperative_colour_is_hex",
            ),
        ),
        migrations.AddConstraint(
            model_name="cooperative",
            constraint=models.CheckConstraint(
                condition=models.Q(("working_weekdays", []), _negated=True),
                name="cooperative_works_some_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="cooperative",
            constraint=models.CheckConstraint(
                condition=models.Q(("languages", []), _negated=True),
                name="cooperative_speaks_something",
            ),
        ),
    ]
