"""Open a cooperative: its rows, schema, login, rights and first data, all in one transaction."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coopcycle.db.base import current_connection
from coopcycle.db.keys import make_key
from coopcycle.db.logins import new_schema_name
from coopcycle.db.owner import as_owner
from coopcycle.errors import DomainError
from tenants.context import forget_cooperatives, in_cooperative, in_federation
from tenants.countries import defaults_for
from tenants.models import Cooperative, Domain
from tenants.template import copy_sql
from tenants.wall import secure_cooperative

# Higher apps append here in AppConfig.ready(): first rows of a new cooperative, such as a price
# list. Called inside the cooperative and inside the one transaction; an exception undoes all.
AFTER: list[Callable[[Cooperative], None]] = []

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?!.{{254}}){_LABEL}(\.{_LABEL})+\Z")
# What people, mail servers and browsers expect to be the federation's own.
_RESERVED_SLUGS = frozenset(
    [
        "admin",
        "api",
        "autoconfig",
        "autodiscover",
        "cdn",
        "ftp",
        "imap",
        "live",
        "mail",
        "media",
        "mx",
        "ns",
        "pop",
        "smtp",
        "static",
        "www",
    ]
)


def create_cooperative(
    *,
    name: str,
    slug: str,
    country: str,
    host: str = "",
    first_steps: Sequence[Callable[[Cooperative], None]] = (),
    **details: Any,
) -> Cooperative:
    """Open a cooperative and return it; it can be used at once.

    `first_steps` run inside the new co-op, in the same transaction.
    `host` is where it is reached, by default the slug under BASE_HOST. `details` are other fields
    of Cooperative; what is not given comes from the country. Raises DomainError when a name, slug
    or host is taken or cannot be used; then nothing is left behind.
    """
    host = usable_host(host or f"{slug}.{settings.BASE_HOST}")
    cooperative = _described(name=name, slug=slug, country=country.upper(), **details)
    # Inside the co-op until after the commit, so that what waits for it runs there too.
    with as_owner(), in_cooperative(cooperative), transaction.atomic():
        with in_federation():
            enter_rows(cooperative, host)
        _make_schema(cooperative.schema_name)
        make_key(at=timezone.now())
        for step in [*AFTER, *first_steps]:
            step(cooperative)
    forget_cooperatives()
    return cooperative


def usable_host(host: str) -> str:
    """The address as it is compared and kept. Raises DomainError where it cannot be one."""
    host = host.lower().rstrip(".")
    if not _HOST.match(host):
        raise DomainError(
            _("%(host)s cannot be an address. Use letters, digits, hyphens and dots.")
            % {"host": host},
            status=422,
        )
    return host


def _described(*, name: str, slug: str, country: str, **details: Any) -> Cooperative:
    usual = defaults_for(country)
    fields: dict[str, Any] = {
        "city": usual.capital,
        "currency": usual.currency,
        "timezone": usual.timezone,
        "default_language": usual.languages[0],
        "languages": list(usual.languages),
        "working_weekdays": list(usual.working_weekdays),
        "latitude": Decimal(usual.latitude),
        "longitude": Decimal(usual.longitude),
    } | details
    cooperative = Cooperative(
        schema_name=new_schema_name(), name=name.strip(), slug=slug, country=country, **fields
    )
    try:
        cooperative.clean_fields()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        label = Cooperative._meta.get_field(field).verbose_name
        raise DomainError(f"{label}: {messages[0]}", status=422) from error
    return cooperative


def enter_rows(cooperative: Cooperative, host: str) -> None:
    """Add a co-op to the list of all. Raises DomainError when something of it is taken."""
    refuse_taken(cooperative, host)
    try:
        cooperative.save(force_insert=True)
        Domain.objects.create(domain=host, tenant=cooperative)
    except IntegrityError as error:  # someone else opened it in the meantime
        raise DomainError(_("This name or address was taken just now. Choose another.")) from error


def refuse_taken(cooperative: Cooperative, host: str) -> None:
    """Raise DomainError when another co-op has the name, the short name or the address."""
    if Cooperative.objects.filter(name__iexact=cooperative.name).exists():
        raise DomainError(
            _("There is already a cooperative named %(name)s. Choose another name.")
            % {"name": cooperative.name}
        )
    slug_is_taken = Cooperative.objects.filter(slug=cooperative.slug).exists()
    if slug_is_taken or cooperative.slug in _RESERVED_SLUGS:
        raise DomainError(
            _("The short name %(slug)s is taken. Choose another.") % {"slug": cooperative.slug}
        )
    _refuse_taken_host(host)


def add_domain(cooperative: Cooperative, host: str, *, is_primary: bool) -> Domain:
    """Let a co-op be reached under a host of its own too; a primary one stands in its mails.

    The name must lead to this installation (a CNAME to BASE_HOST); the proxy asks for its
    certificate at the first visit. Raises DomainError when the host is taken or is no host.
    """
    host = usable_host(host)
    with in_federation(), transaction.atomic():
        _refuse_taken_host(host)
        domain: Domain = Domain.objects.create(
            domain=host, tenant=cooperative, is_primary=is_primary
        )
    return domain


def _refuse_taken_host(host: str) -> None:
    if host == settings.BASE_HOST or Domain.objects.filter(domain=host).exists():
        raise DomainError(_("The address %(host)s is taken. Choose another.") % {"host": host})


def _make_schema(schema: str) -> None:
    """The tables and seed rows of the template, under the name `schema`, with their login."""
    tables = copy_sql()
    database = current_connection()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
    with database.restored():
        database.set_schema(schema, include_public=False)
        with connection.cursor() as cursor:
            cursor.execute(tables)
    secure_cooperative(schema)
