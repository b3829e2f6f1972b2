from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        place = "dispatch_latereport.aside_because"
        seal_column(Column("dispatch_latereport", "aside_because", place))
        erase_column(apps.get_model("dispatch", "latereport"), "aside_because")


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        place = "dispatch_latereport.aside_because"
        open_column(Column("dispatch_latereport", "aside_because", place))


class Migration(migrations.Migration):
    dependencies = [
        ("dispatch", "0007_client_id_by_database"),
    ]

    operations = [
        migrations.AlterField(
            model_name="latereport",
            name="aside_because",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True,
                max_length=300,
                place="dispatch_latereport.aside_because",
                verbose_name="why it was put aside",
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
