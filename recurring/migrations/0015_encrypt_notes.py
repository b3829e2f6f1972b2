from django.db import migrations

import coopcycle.db.encrypted

NOTES = ["ruleversion", "override"]


def columns():
    from coopcycle.db.resealing import Column

    notes = [Column(f"recurring_{name}", "note", f"recurring_{name}.note") for name in NOTES]
    return [
        *notes,
        Column("recurring_standingorderevent", "changes", "recurring_standingorderevent.changes"),
    ]


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        for column in columns():
            seal_column(column)
        for name in NOTES:
            erase_column(apps.get_model("recurring", name), "note")


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        for column in columns():
            open_column(column)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_triggers"),
        ("coopcycle", "0003_data_keys"),
        ("recurring", "0014_dates_keep_their_wall_time"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ruleversion",
            name="note",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True,
                max_length=300,
                place="recurring_ruleversion.note",
                verbose_name="for the courier",
            ),
        ),
        migrations.AlterField(
            model_name="override",
            name="note",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True, max_length=300, place="recurring_override.note"
            ),
        ),
        migrations.AlterField(
            model_name="standingorderevent",
            name="changes",
            field=coopcycle.db.encrypted.EncryptedJSONField(
                default=list, place="recurring_standingorderevent.changes"
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
