from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "0003_encrypt_instructions")]
    operations = [
        migrations.AddField("task", "next_note", models.TextField(null=True)),
    ]
