from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "9001_next_note")]
    operations = [
        migrations.AddField("task", "next_rank", models.IntegerField(db_default=0)),
    ]
