from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0022_encrypt_notes_for_producers"),
    ]

    operations = [
        migrations.AddField(
            model_name="generationrun",
            name="repriced",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="occurrence",
            name="told_prices",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict
            ),
        ),
        migrations.AlterField(
            model_name="occurrence",
            name="news",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "Not told of yet"),
                    ("changed", "Changed since"),
                    ("repriced", "Its prices moved"),
                ],
                max_length=8,
            ),
        ),
    ]
