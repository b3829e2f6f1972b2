"""All that a co-op keeps of one person, as they get it: every table that names them.

No list of tables to keep up to date: what refers to an account is found in the models. Left out are
secrets and their hashes, and what is of others: recipients of parcels.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.db.models import FileField, ForeignKey, Model, QuerySet

from accounts.models import Invitation, User
from coopcycle.models import OutboxMessage
from dispatch.models import Shift, Task, Tour
from privacy.people import relations
from privacy.register import fields_of_recipients
from recurring.models import RuleImport

_SECRET = re.compile(r"password|hash|secret|token|key\b|_key|credential|action_id|client_id")


def data_of(person: User) -> dict[str, Any]:
    """Sections by table, each a list of rows; plain values that JSON can hold."""
    sections: dict[str, Any] = {"account": [_row(person)]}
    for label, rows in _rows_naming(person):
        found = [_row(row) for row in rows]
        if found:
            sections[label] = found
    return sections


def files_of(person: User) -> Iterator[tuple[str, bytes]]:
    """Files that the person brought, by the name that they get in the archive."""
    for brought in RuleImport.objects.filter(created_by=person).order_by("pk"):
        suffix = "ics" if brought.source == RuleImport.Source.CALENDAR else "csv"
        yield f"files/import-{brought.pk}.{suffix}", brought.text.encode()


def _rows_naming(person: User) -> Iterator[tuple[str, "QuerySet[Any]"]]:
    for relation in relations():
        model, field = relation.related_model, relation.field
        label = f"{model._meta.label} · {field.name}"
        yield label, model._default_manager.filter(**{field.name: person.pk}).order_by("pk")
    theirs = {"courier__user": person}
    yield "dispatch.Shift · courier", Shift.objects.filter(**theirs).order_by("after")
    yield "dispatch.Tour · courier", Tour.objects.filter(**theirs).order_by("day")
    yield "dispatch.Task · courier", Task.objects.filter(tour__courier__user=person).order_by("pk")
    yield "accounts.Invitation · email", Invitation.objects.filter(email__iexact=person.email)
    mails = OutboxMessage.objects.filter(payload__to__iexact=person.email).order_by("pk")
    yield "coopcycle.OutboxMessage · to", mails.only("kind", "created_at", "sent_at", "state")


def _row(row: Model) -> dict[str, Any]:
    """The fields of a row but secrets, files of others and recipients."""
    of_recipients = fields_of_recipients()
    deferred = row.get_deferred_fields()
    return {
        field.name: field.value_from_object(row)
        for field in row._meta.concrete_fields
        if not _SECRET.search(field.name)
        and field.attname not in deferred
        and f"{row._meta.label}.{field.name}" not in of_recipients
        and not isinstance(field, FileField)
        and not (
            isinstance(field, ForeignKey) and field.related_model._meta.label == "accounts.Address"
        )
    }
