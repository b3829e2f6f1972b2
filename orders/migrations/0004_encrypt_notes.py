from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("orders_order", "note", "orders_order.note"))
        erase_column(apps.get_model("orders", "order"), "note")
        _leave_notes_out_of_the_history(apps.get_model("orders", "orderevent"))


def _leave_notes_out_of_the_history(order_event):
    """It stays that the note was changed."""
    for event in order_event.objects.filter(details__after__has_key="note").iterator():
        for side in ("before", "after"):
            event.details.get(side, {})["note"] = None
        event.save(update_fields=["details"])


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("orders_order", "note", "orders_order.note"))


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_triggers"),
        ("coopcycle", "0003_data_keys"),
        ("orders", "0003_stock_a_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="order",
            name="note",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True, max_length=300, place="orders_order.note", verbose_name="note"
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
