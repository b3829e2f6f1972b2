import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0005_usual_tours"),
        ("recurring", "0015_encrypt_notes"),
    ]

    operations = [
        migrations.AddField(
            model_name="standingorder",
            name="usual_tour",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="standing_orders",
                to="dispatch.usualtour",
            ),
        ),
        migrations.AddConstraint(
            model_name="standingorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("usual_courier", None), ("usual_tour", None), _connector="OR"),
                name="standing_order_one_usual_way",
                violation_error_message="Choose a usual courier or a usual tour, not both.",
            ),
        ),
    ]
