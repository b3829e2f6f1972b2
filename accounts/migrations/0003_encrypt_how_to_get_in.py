from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("accounts_address", "instructions", "accounts_address.instructions"))


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("accounts_address", "instructions", "accounts_address.instructions"))


class Migration(migrations.Migration):
    dependencies = [
        ("coopcycle", "0003_data_keys"),
        ("accounts", "0002_limits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="address",
            name="instructions",
            field=coopcycle.db.encrypted.EncryptedTextField(
                max_length=300,
                blank=True,
                verbose_name="how to get in",
                place="accounts_address.instructions",
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
