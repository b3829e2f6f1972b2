"""Asking for a file to take away, making it in a worker, and the mail with its link.

The link is signed for one co-op, one file and one person, who must be signed in too; it and the
file last a day.
"""

import json
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import IO, Any

from django.core import signing
from django.core.files.base import File
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from coopcycle import outbox
from coopcycle.current import require_schema
from coopcycle.errors import DomainError
from coopcycle.idempotency import create_once
from coopcycle.mail import put_mail
from privacy.exports import cooperative as whole
from privacy.exports import person as personal
from privacy.models import Export
from tenants.context import current_cooperative
from tenants.selectors import address_of
from tenants.settings import own_settings

MAKE = "export"
OPENS_FOR = timedelta(days=1)
PAUSE = timedelta(minutes=10)  # between two of a kind that one person asks for


def request_export(*, kind: str, user: User, at: datetime, action_id: uuid.UUID) -> Export:
    """Ask for a file; the same form asks once. Raises DomainError when one was asked for just now."""

    def create() -> Export:
        User.objects.select_for_update().get(pk=user.pk)
        if Export.objects.filter(user=user, kind=kind, requested_at__gt=at - PAUSE).exists():
            raise DomainError(_("A file is being made already. Look into your mail in a moment."))
        export = Export.objects.create(kind=kind, user=user, requested_at=at, action_id=action_id)
        outbox.put(MAKE, f"export-{export.pk}", {"export": export.pk})
        return export

    return create_once(Export, action_id, create)


@outbox.handler(MAKE)
def make_export(key: str, payload: Mapping[str, Any]) -> None:
    """Make the file and tell its person. Done twice, it is made once."""
    export = Export.objects.select_related("user").filter(pk=payload["export"]).first()
    if export is None or export.ready_at is not None:
        return
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            _WRITERS[Export.Kind(export.kind)](archive, export)
        file.seek(0)
        _keep(export, file)


@transaction.atomic
def _keep(export: Export, file: IO[bytes]) -> None:
    locked = Export.objects.select_for_update().get(pk=export.pk)
    if locked.ready_at is not None:
        return
    locked.file.save("export.zip", File(file), save=False)
    locked.ready_at = timezone.now()
    locked.save(update_fields=["file", "ready_at"])
    cooperative = own_settings()
    put_mail(
        f"export-ready-{export.pk}",
        to=export.user.email,
        template="export_ready",
        language=export.user.language,
        name=export.user.name,
        site_name=cooperative.name,
        is_whole=export.kind == Export.Kind.COOPERATIVE,
        url=address_of(cooperative).rstrip("/")
        + reverse("privacy:export-download", args=[link_token(export)]),
    )


def link_token(export: Export) -> str:
    """What the mailed address carries: the file, and whose it is."""
    return signing.dumps([export.pk, export.user_id], salt=_salt())


def find_export(token: str, *, user: User, at: datetime) -> Export | None:
    """The file behind an address, for the person whose it is, while it opens."""
    try:
        export_id, user_id = signing.loads(token, salt=_salt(), max_age=OPENS_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if user_id != user.pk:
        return None
    ready = Export.objects.filter(pk=export_id, user=user, requested_at__gt=at - OPENS_FOR)
    return ready.exclude(ready_at=None).first()


def _salt() -> str:
    """The schema is in it, so that a link of one co-op opens nothing in another."""
    return f"privacy.export.{require_schema()}"


def _write_person(archive: zipfile.ZipFile, export: Export) -> None:
    sections = personal.data_of(export.user)
    archive.writestr(
        "data.json", json.dumps(sections, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)
    )
    for name, content in personal.files_of(export.user):
        archive.writestr(name, content)
    with translation.override(export.user.language):
        archive.writestr("README.txt", _person_readme(export))


def _person_readme(export: Export) -> str:
    cooperative = current_cooperative()
    return (
        _(
            "All that %(cooperative)s keeps of %(name)s, %(email)s.\n\n"
            "data.json holds the rows of each table that name you, as JSON in UTF-8; times are in UTC."
            " files/ holds the files that you brought. Passwords, secrets and what is of others are"
            " left out; photos of deliveries are of those who got them.\n"
        )
        % {
            "cooperative": cooperative.name if cooperative else "",
            "name": export.user.name,
            "email": export.user.email,
        }
    )  # fmt: skip


def _write_cooperative(archive: zipfile.ZipFile, _export: Export) -> None:
    whole.write_cooperative(archive, own_settings(), at=timezone.now())


_WRITERS = {Export.Kind.PERSON: _write_person, Export.Kind.COOPERATIVE: _write_cooperative}
