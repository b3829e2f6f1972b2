"""The shared rows that name a co-op: as the backup has them, and as they come back."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from tenants.backup.errors import BackupError
from tenants.models import Cooperative, Domain
from tenants.provisioning import enter_rows, usable_host

# A co-op whose place is taken stays what it is to the federation: its names, and whether it is open.
_KEPT = frozenset({"id", "schema_name", "name", "slug", "is_active", "created_at"})


def settings_of(row: dict[str, Any]) -> Cooperative:
    """The co-op as the backup has it. Fields that came later get their defaults."""
    fields = {field.attname: field for field in Cooperative._meta.concrete_fields}
    values = {name: fields[name].to_python(value) for name, value in row.items() if name in fields}
    return Cooperative(**{**values, "id": None})


def renamed(
    cooperative: Cooperative, schema: str, slug: str, host: str
) -> tuple[Cooperative, tuple[str]]:
    """Another co-op with the same settings, and the address that it gets."""
    cooperative.schema_name, cooperative.slug = schema, slug
    if Cooperative.objects.filter(name__iexact=cooperative.name).exists():
        cooperative.name = f"{cooperative.name[: 77 - len(slug)]} ({slug})"
    try:
        cooperative.clean_fields(exclude=["id"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise BackupError(f"{field}: {messages[0]}") from error
    return cooperative, (usable_host(host or f"{slug}.{settings.BASE_HOST}"),)


def add_cooperative(cooperative: Cooperative, hosts: Sequence[str]) -> None:
    """Enter it in the list of all. Raises DomainError when something of it is taken."""
    created_at = cooperative.created_at
    first, *others = hosts or [f"{cooperative.slug}.{settings.BASE_HOST}"]
    enter_rows(cooperative, first)
    try:
        for host in others:
            Domain.objects.create(domain=host, tenant=cooperative, is_primary=False)
    except IntegrityError as error:
        raise BackupError(f"The address {host} belongs to another co-op now.") from error
    Cooperative.objects.filter(pk=cooperative.pk).update(created_at=created_at)


def update_settings(present: Cooperative, restored: Cooperative) -> None:
    """The settings of the backup for a co-op that is there; its addresses stay as they are."""
    for field in Cooperative._meta.concrete_fields:
        if field.attname not in _KEPT:
            setattr(present, field.attname, getattr(restored, field.attname))
    present.save()
