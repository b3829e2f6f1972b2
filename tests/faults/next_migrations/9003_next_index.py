from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("dispatch", "9002_next_rank")]
    operations = [
        migrations.AddIndex("task", models.Index(fields=["next_rank"], name="task_next_rank")),
    ]
