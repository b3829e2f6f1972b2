from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0016_usual_tours"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ruleversion",
            name="holiday_policy",
            field=models.CharField(
                choices=[
                    ("skip", "do not deliver"),
                    ("before", "deliver the working day before"),
                    ("after", "deliver the working day after"),
                    ("keep", "deliver all the same"),
                    ("ask", "ask us each time"),
                ],
                default="skip",
                max_length=10,
            ),
        ),
    ]
