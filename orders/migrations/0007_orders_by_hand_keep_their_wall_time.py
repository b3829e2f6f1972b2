from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0006_lines_name_what_they_replace"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="wall_start",
            field=models.CharField(blank=True, db_default="", default="", max_length=19),
        ),
        migrations.AddField(
            model_name="order",
            name="promised_timezone",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
