from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("dispatch_incident", "note", "dispatch_incident.note"))
        erase_column(apps.get_model("dispatch", "incident"), "note")


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("dispatch_incident", "note", "dispatch_incident.note"))


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_triggers"),
        ("coopcycle", "0003_data_keys"),
        ("dispatch", "0003_encrypt_instructions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="incident",
            name="note",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True,
                max_length=300,
                place="dispatch_incident.note",
                verbose_name="note",
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
