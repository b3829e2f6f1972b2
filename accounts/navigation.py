"""What each person finds in the side rail: one list, in the order of their day."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.access import (
    RULES,
    Rule,
    administrator,
    any_of,
    courier,
    finance,
    member,
    office,
    producer,
    reader,
)
from accounts.models import User


@dataclass(frozen=True)
class Entry:
    """One link of the rail, shown to those whom `shown_to` names. `leads_to` are views behind it."""

    view_name: str
    label: Promise
    icon: str
    shown_to: Rule
    leads_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """An entry as the template draws it."""

    label: Promise
    icon: str
    url: str
    is_current: bool
    count: int | None = None
    is_above: bool = False  # the current page lies behind it


ENTRIES = (
    Entry("ordering:home", _("Today"), "house", member),
    Entry("overview:month", _("Overview"), "layout-dashboard", administrator),
    Entry("board:day", _("Dispatch"), "kanban", any_of(office, reader)),
    Entry("rider:day", _("My round"), "bike", courier),
    Entry("ordering:picking-list", _("To prepare"), "list-checks", producer),
    Entry(
        "ordering:order-list",
        _("Orders"),
        "file-text",
        any_of(office, member, finance),
        ("ordering:order-detail", "ordering:order-create", "ordering:order-again"),
    ),
    Entry(
        "recurring:rule-list",
        _("Standing orders"),
        "repeat",
        any_of(office, member, reader),
        ("recurring:rule-create", "recurring:rule-detail", "recurring:rule-edit"),
    ),
    Entry(
        "recurring:producer-weeks",
        _("Coming weeks"),
        "calendar-days",
        producer,
        ("recurring:waiting-list",),
    ),
    Entry(
        "catalog:producer-list",
        _("Producers"),
        "store",
        member,
        ("catalog:producer-products",),
    ),
    Entry(
        "catalog:product-list",
        _("My products"),
        "carrot",
        producer,
        ("catalog:product-create", "catalog:product-edit", "catalog:terms-edit"),
    ),
    Entry("ordering:parcel-create", _("Send a parcel"), "package-plus", member),
    Entry(
        "recurring:generation",
        _("Generation"),
        "calendar-days",
        any_of(office, reader),
        ("recurring:waiting-list",),
    ),
    Entry("recurring:holiday-list", _("Holidays"), "calendar-off", any_of(office, reader)),
    Entry(
        "accounts:business-list",
        _("Businesses"),
        "store",
        any_of(office, finance),
        (
            "accounts:business-create",
            "accounts:business-detail",
            "accounts:business-edit",
            "accounts:member-invite",
        ),
    ),
    Entry("board:courier-list", _("Couriers"), "bike", any_of(office, reader)),
    Entry(
        "accounts:person-list",
        _("People"),
        "users",
        administrator,
        ("accounts:person-edit", "accounts:invitation-create", "privacy:person-erase"),
    ),
    Entry("accounts:undelivered-list", _("Not sent"), "mail", administrator),
    Entry("audit:trail", _("What was done"), "list-checks", administrator, ("audit:doors",)),
    Entry("pricing:price-list", _("Prices"), "receipt-euro", any_of(administrator, finance)),
    Entry(
        "cooperative:settings",
        _("Our co-op"),
        "settings",
        administrator,
        ("cooperative:zone", "privacy:register", "privacy:recipients"),
    ),
)


def links(request: HttpRequest) -> list[Link]:
    """The rail of the person who asks; empty before sign-in and on the federation's host."""
    user = request.user
    if not isinstance(user, User) or not getattr(request, "cooperative", None):
        return []
    current = request.resolver_match.view_name if request.resolver_match else ""
    return [
        Link(
            label=entry.label,
            icon=entry.icon,
            url=reverse(entry.view_name),
            is_current=entry.view_name == current,
            is_above=current in entry.leads_to,
        )
        for entry in ENTRIES
        if entry.shown_to(user) and RULES[entry.view_name](user)
    ]


# Where a day begins, for the first role that fits.
FIRST_PAGES = (
    ("board:day", any_of(office, reader)),
    ("rider:day", courier),
    ("ordering:picking-list", producer),
    ("ordering:home", member),
    ("ordering:order-list", finance),
)


def first_page(user: User) -> str:
    """The address that opens after sign-in. Someone without any role has only their own page."""
    for view_name, shown_to in FIRST_PAGES:
        if shown_to(user):
            return reverse(view_name)
    return reverse("accounts:me")
