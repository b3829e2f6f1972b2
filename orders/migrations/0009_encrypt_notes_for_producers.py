from django.db import migrations

import coopcycle.db.encrypted


def seal(apps, schema_editor):
    from audit.erasing import erase_column
    from coopcycle.db.resealing import Column, seal_column

    if schema_editor.connection.schema_name != "template_cooperative":
        seal_column(Column("orders_orderpart", "note", "orders_orderpart.note"))
        erase_column(apps.get_model("orders", "orderpart"), "note")
        _leave_what_is_private_out_of_the_history(apps)


def _leave_what_is_private_out_of_the_history(apps):
    """It stays that a note or the recipient was changed, and that a parcel could not be delivered."""
    events = apps.get_model("orders", "orderevent").objects.select_related("order")
    private = {"producer_notes", "recipient"}
    for event in events.filter(details__after__has_any_keys=private).iterator():
        for side in ("before", "after"):
            for name in private & event.details.get(side, {}).keys():
                event.details[side][name] = None
        event.save(update_fields=["details"])
    doors = apps.get_model("dispatch", "task").objects.filter(kind="DROPOFF")
    failed = events.filter(kind="failed", order__kind="delivery", details__has_key="place")
    for event in failed.iterator():
        if doors.filter(pk=event.details["task"]).exists():
            del event.details["place"]
            event.save(update_fields=["details"])


def open_again(apps, schema_editor):
    from coopcycle.db.resealing import Column, open_column

    if schema_editor.connection.schema_name != "template_cooperative":
        open_column(Column("orders_orderpart", "note", "orders_orderpart.note"))


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_hold_what_is_short"),
    ]

    operations = [
        migrations.AlterField(
            model_name="orderpart",
            name="note",
            field=coopcycle.db.encrypted.EncryptedTextField(
                blank=True,
                max_length=300,
                place="orders_orderpart.note",
                verbose_name="note for the producer",
            ),
        ),
        migrations.RunPython(seal, open_again),
    ]
