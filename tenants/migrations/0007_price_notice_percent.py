from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0006_trail_ends"),
    ]

    operations = [
        migrations.AddField(
            model_name="cooperative",
            name="price_notice_percent",
            field=models.PositiveSmallIntegerField(
                db_default=5,
                default=5,
                verbose_name="percent by which a price may change without notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="cooperative",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_notice_percent__lte", 100)),
                name="cooperative_price_notice_within_the_price",
            ),
        ),
    ]
