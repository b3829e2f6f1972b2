from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0013_suggestion_rests"),
    ]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="wall_start",
            field=models.CharField(blank=True, db_default="", default="", max_length=19),
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
    ]
