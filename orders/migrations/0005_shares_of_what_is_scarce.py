from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_roles_that_look"),
        ("orders", "0004_encrypt_notes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="producerterms",
            name="terms_when_short_known",
        ),
        migrations.AlterField(
            model_name="producerterms",
            name="when_short",
            field=models.CharField(
                choices=[
                    ("part", "give what is left"),
                    ("nothing", "leave the product out"),
                    ("share", "share it out in proportion, when the list closes"),
                ],
                db_default="part",
                default="part",
                max_length=10,
                verbose_name="when too little is left",
            ),
        ),
        migrations.AddConstraint(
            model_name="producerterms",
            constraint=models.CheckConstraint(
                condition=models.Q(("when_short__in", ["part", "nothing", "share"])),
                name="terms_when_short_known",
            ),
        ),
    ]
