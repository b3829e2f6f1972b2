from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recurring", "0011_encrypt_imported_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="generationrun",
            name="is_whole",
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
