from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("recurring", "0007_rule_imports")]

    operations = [
        migrations.AddField(
            model_name="holidayday",
            name="is_worked",
            field=models.BooleanField(default=False),
        ),
    ]
