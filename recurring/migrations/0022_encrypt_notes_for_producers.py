from django.db import migrations

import coopcycle.db.encrypted

COLUMN = "recurring_ruleversion", "producer_notes", "recurring_ruleversion.producer_notes"


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column(*COLUMN))
        erase_column(apps.get_model("recurring", "ruleversion"), "producer_notes")


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column(*COLUMN))


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0021_dates_that_wait"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ruleversion",
            name="producer_notes",
            field=coopcycle.db.encrypted.EncryptedJSONField(
                default=dict, place="recurring_ruleversion.producer_notes"
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
