from django.db import migrations, models
from django.utils import timezone


def make_first_key(apps, schema_editor):
    """Everybody who is there gets a key. The template has none: each new co-op gets its own."""
    from coopcycle.db.keys import make_key

    if schema_editor.connection.schema_name != "template_cooperative":
        make_key(at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [
        ("coopcycle", "0002_outbox_request"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(unique=True)),
                ("scope", models.CharField(max_length=63)),
                ("wrapped", models.CharField(max_length=100)),
                ("master", models.CharField(max_length=16)),
                ("created_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={"ordering": ["number"]},
        ),
        migrations.RunPython(make_first_key, migrations.RunPython.noop),
    ]
