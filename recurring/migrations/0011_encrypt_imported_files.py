from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("recurring_ruleimport", "text", "recurring_ruleimport.text"))


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("recurring_ruleimport", "text", "recurring_ruleimport.text"))


class Migration(migrations.Migration):
    dependencies = [
        ("coopcycle", "0003_data_keys"),
        ("recurring", "0010_no_claimed_occurrences"),
    ]

    operations = [
        migrations.AlterField(
            model_name="ruleimport",
            name="text",
            field=coopcycle.db.encrypted.EncryptedTextField(place="recurring_ruleimport.text"),
        ),
        migrations.RunPython(seal, open_again),
    ]
