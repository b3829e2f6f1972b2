import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import coopcycle.db.encrypted


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0005_usual_tours"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LateReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("done", "Done"), ("failed", "Failed")],
                        max_length=8,
                        verbose_name="what was done",
                    ),
                ),
                (
                    "hindrance",
                    models.CharField(
                        choices=[
                            ("cancelled", "The stop was cancelled meanwhile"),
                            ("taken", "The stop had left the courier’s round"),
                            ("changed", "The stop was changed meanwhile"),
                            ("finished", "The stop was finished already"),
                            ("early", "Its pick-up is not made"),
                        ],
                        max_length=10,
                        verbose_name="what stood in the way",
                    ),
                ),
                ("client_id", models.UUIDField(unique=True)),
                (
                    "device_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="time by the phone"),
                ),
                ("happened_at", models.DateTimeField(verbose_name="when it was done")),
                ("recorded_at", models.DateTimeField(verbose_name="told at")),
                (
                    "recipient_name",
                    models.CharField(blank=True, max_length=120, verbose_name="received by"),
                ),
                ("photo", models.ImageField(blank=True, upload_to="proofs/", verbose_name="photo")),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("absent", "Nobody there"),
                            ("closed", "Closed"),
                            ("address", "Wrong address"),
                            ("refused", "Refused"),
                            ("damaged", "Damaged"),
                            ("other", "Something else"),
                        ],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                (
                    "note",
                    coopcycle.db.encrypted.EncryptedTextField(
                        blank=True,
                        max_length=300,
                        place="dispatch_latereport.note",
                        verbose_name="note",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "The office decides"),
                            ("counts", "Accepted"),
                            ("aside", "Put aside"),
                        ],
                        default="",
                        max_length=8,
                        verbose_name="what the office decided",
                    ),
                ),
                (
                    "aside_because",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="why it was put aside"
                    ),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decided on"),
                ),
                (
                    "because",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dispatch.taskevent",
                        verbose_name="what had happened",
                    ),
                ),
                (
                    "courier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dispatch.courier",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="late_reports",
                        to="dispatch.task",
                    ),
                ),
            ],
            options={
                "ordering": ["happened_at", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "")),
                        fields=["happened_at"],
                        name="late_report_waits",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at", None), ("settled_by", None)),
                            models.Q(
                                models.Q(("outcome", ""), _negated=True),
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="late_report_settled_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "aside"), _negated=True),
                            models.Q(("aside_because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="late_report_aside_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "failed"), models.Q(("reason", ""), _negated=True)),
                            models.Q(("kind", "done"), ("reason", "")),
                            _connector="OR",
                        ),
                        name="late_report_failure_has_reason",
                    ),
                ],
            },
        ),
    ]
