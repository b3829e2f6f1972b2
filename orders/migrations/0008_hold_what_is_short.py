from django.db import migrations, models


def give_a_part_again(apps, schema_editor):
    """Backwards: the version before knows no waiting."""
    apps.get_model("orders", "ProducerTerms").objects.filter(when_short="hold").update(
        when_short="part"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0007_orders_by_hand_keep_their_wall_time"),
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
                    ("hold", "wait for your decision, until the list closes"),
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
                condition=models.Q(("when_short__in", ["part", "nothing", "share", "hold"])),
                name="terms_when_short_known",
            ),
        ),
        migrations.RunPython(migrations.RunPython.noop, give_a_part_again),
    ]
