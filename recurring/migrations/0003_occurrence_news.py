from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0002_calendar_feeds"),
    ]

    operations = [
        migrations.AddField(
            model_name="occurrence",
            name="news",
            field=models.CharField(
                blank=True,
                choices=[("new", "Not told of yet"), ("changed", "Changed since")],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("news", ""), _negated=True),
                fields=["id"],
                name="occurrence_with_news",
            ),
        ),
    ]
