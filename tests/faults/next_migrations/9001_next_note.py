from django.db import migrations, models

from tests.faults.next_migrations import NEWEST


class Migration(migrations.Migration):
    dependencies = [("dispatch", NEWEST)]
    operations = [
        migrations.AddField("task", "next_note", models.TextField(null=True)),
    ]
