from django.db import migrations, models
from django.db.models.functions import UUID4


class Migration(migrations.Migration):
    """Most events are of no phone and come by the hundred: the database names them quicker."""

    dependencies = [("dispatch", "0006_late_report")]

    operations = [
        migrations.AlterField(
            model_name="taskevent",
            name="client_id",
            field=models.UUIDField(db_default=UUID4(), unique=True),
        ),
    ]
