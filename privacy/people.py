"""A person's account is emptied: what is theirs goes, what is the co-op's stays without the name.

The tables say which is which. A row that would be deleted with the account (CASCADE) is the
person's own: memberships, calendar addresses, sign-in devices. A row that protects the account, or
would only lose the link (PROTECT, SET_NULL), is the co-op's record: orders, rounds, history.
"""

from collections.abc import Iterator

from django.db.models import CASCADE, F, ForeignObjectRel, Func, JSONField, Value
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import ROLE_SWITCHES, Invitation, User
from accounts.sessions.services import end_sessions
from audit.erasing import out_of_the_record
from coopcycle.models import OutboxMessage
from dispatch.models import Courier, TaskEvent
from privacy.models import Export
from tenants.context import current_cooperative

ERASED_HOST = "@erased.invalid"  # RFC 2606: no mail ever goes there


@out_of_the_record()
def forget(person: User) -> None:
    """Empty an account. Inside a transaction; doing it again changes nothing."""
    end_sessions(person)
    _delete_own_rows(person)
    if not person.email.endswith(ERASED_HOST):
        Invitation.objects.filter(email__iexact=person.email).delete()
        OutboxMessage.objects.filter(payload__to__iexact=person.email).delete()
    Courier.objects.filter(user=person, archived_at=None).update(archived_at=timezone.now())
    for role in ROLE_SWITCHES:
        setattr(person, role, False)
    nobody = _nobody()
    _take_out_of_histories(person, nobody)
    person.name, person.phone, person.is_active = nobody, "", False
    person.email, person.last_login = f"{person.pk}{ERASED_HOST}", None
    person.has_second_factor = False  # its devices went with the person's own rows
    person.set_unusable_password()
    person.save()


def relations() -> Iterator[ForeignObjectRel]:
    """Every foreign key to an account, also those that have no name on its side."""
    found = (
        field
        for field in User._meta.get_fields(include_hidden=True)
        if isinstance(field, ForeignObjectRel) and not field.many_to_many
    )
    for relation in sorted(found, key=lambda one: (one.related_model._meta.label, one.field.name)):
        if relation.related_model._meta.managed:
            yield relation


def own_relations() -> Iterator[ForeignObjectRel]:
    """Of tables whose rows are a person's own."""
    return (one for one in relations() if getattr(one, "on_delete", None) is CASCADE)


def _delete_own_rows(person: User) -> None:
    for export in Export.objects.filter(user=person):
        if export.file:
            export.file.delete(save=False)
    for relation in own_relations():
        rows = relation.related_model._default_manager
        rows.filter(**{relation.field.name: person.pk}).delete()


def _take_out_of_histories(person: User, nobody: str) -> None:
    """The history of stops repeats who rode them, for people to read."""
    rider = Courier.objects.filter(user=person).first()
    if rider is None:
        return
    for name in ("courier", "from"):
        told = TaskEvent.objects.filter(**{f"details__{name}_id": rider.pk})
        told.update(
            details=Func(
                F("details"),
                Value({name: nobody}, output_field=JSONField()),
                template="(%(expressions)s)",
                arg_joiner=" || ",
                output_field=JSONField(),
            )
        )


def _nobody() -> str:
    """How the co-op calls somebody who is gone, in its first language."""
    cooperative = current_cooperative()
    with translation.override(cooperative.default_language if cooperative else "en"):
        return _("Former member")
