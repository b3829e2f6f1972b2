from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_encrypt_notes_for_producers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "Ordered"),
                    ("generated", "Made by the standing order"),
                    ("changed", "Changed"),
                    ("accepted", "Accepted"),
                    ("refused", "Refused"),
                    ("priced", "Priced"),
                    ("repriced", "Priced anew: prices of the day have changed"),
                    ("picked_up", "Picked up"),
                    ("fulfilled", "Delivered"),
                    ("failed", "Could not be delivered"),
                    ("cancelled", "Cancelled"),
                    ("restored", "Asked for again"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="PriceChanges",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("followed", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id", 1)), name="price_changes_is_one"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("followed__lte", models.F("number"))),
                        name="price_changes_followed_known",
                    ),
                ],
            },
        ),
    ]
