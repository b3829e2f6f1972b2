import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0004_encrypt_notes_of_problems"),
    ]

    operations = [
        migrations.CreateModel(
            name="UsualTour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
                (
                    "courier",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="dispatch.courier",
                        verbose_name="usually ridden by",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.AddField(
            model_name="delivery",
            name="usual_tour",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="dispatch.usualtour",
            ),
        ),
        migrations.AddConstraint(
            model_name="usualtour",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at", None)),
                fields=("name",),
                name="usual_tour_named_once",
            ),
        ),
    ]
