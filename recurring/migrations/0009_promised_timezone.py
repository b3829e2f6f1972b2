from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0008_holidays_worked_on"),
    ]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="promised_timezone",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
    ]
