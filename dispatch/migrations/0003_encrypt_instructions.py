from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("dispatch_task", "instructions", "dispatch_task.instructions"))


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("dispatch_task", "instructions", "dispatch_task.instructions"))


class Migration(migrations.Migration):
    dependencies = [
        ("coopcycle", "0003_data_keys"),
        ("dispatch", "0002_task_changed"),
    ]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="instructions",
            field=coopcycle.db.encrypted.EncryptedTextField(
                max_length=300,
                blank=True,
                verbose_name="instructions",
                place="dispatch_task.instructions",
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
