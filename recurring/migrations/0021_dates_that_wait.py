import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def let_the_next_run_decide(apps, schema_editor):
    """Backwards: dates that wait have no order, so the version before makes them in its next run."""
    apps.get_model("recurring", "Occurrence").objects.filter(state="held").update(
        state="skipped", reason="nothing_left", waits_until=None
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_hold_what_is_short"),
        ("recurring", "0020_substitutes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="StockDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("original_start", models.CharField(max_length=19)),
                ("pickup_day", models.DateField()),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("part", "give what is left"),
                            ("nothing", "leave it out"),
                            ("all", "give all of it"),
                        ],
                        max_length=8,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=9)),
                ("decided_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="generationrun",
            name="held",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="occurrence",
            name="waits_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="occurrence",
            name="state",
            field=models.CharField(
                choices=[
                    ("generated", "Generated"),
                    ("skipped", "Skipped"),
                    ("cancelled", "Cancelled"),
                    ("missed", "Missed"),
                    ("failed", "Failed"),
                    ("held", "Waiting"),
                ],
                max_length=10,
            ),
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
                    ("pause_undone", "Pause taken back"),
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
                    ("stock_decided", "Decided what comes of too little"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddIndex(
            model_name="occurrence",
            index=models.Index(
                condition=models.Q(("state", "held")),
                fields=["waits_until"],
                name="occurrence_held",
            ),
        ),
        migrations.AddConstraint(
            model_name="occurrence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("order", None), ("state", "held"), ("waits_until__isnull", False)),
                    models.Q(models.Q(("state", "held"), _negated=True), ("waits_until", None)),
                    _connector="OR",
                ),
                name="occurrence_held_waits_without_order",
            ),
        ),
        migrations.AddField(
            model_name="stockdecision",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="stockdecision",
            name="product",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="orders.product"
            ),
        ),
        migrations.AddField(
            model_name="stockdecision",
            name="standing_order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="stock_decisions",
                to="recurring.standingorder",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockdecision",
            constraint=models.UniqueConstraint(
                fields=("standing_order", "original_start", "product", "pickup_day"),
                name="stock_decision_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("original_start__regex", "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$")
                ),
                name="stock_decision_on_the_wall_clock",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("answer__in", ["part", "nothing", "all"])),
                name="stock_decision_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="stockdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__gt", 0)), name="stock_decision_something"
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, let_the_next_run_decide),
    ]
