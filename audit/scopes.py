"""What belongs to one object that has a page of its own: its row, and the rows that hang on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.models import Event
from coopcycle.tracking import tracked_tables


@dataclass(frozen=True, slots=True)
class Scope:
    """One kind of page. `parts` are tables by the table that they hang on."""

    table: str
    heading: Promise
    page: str  # the view of the object itself
    parts: Mapping[str, str] = field(default_factory=dict)
    # A column of the object that leads to another row which is told with it: (table, column).
    beside: tuple[str, str] | None = None
    for_administrators: bool = False


SCOPES: Mapping[str, Scope] = {
    "order": Scope(
        "orders_order",
        _("Order"),
        "ordering:order-detail",
        {
            "orders_orderpart": "orders_order",
            "orders_orderline": "orders_orderpart",
            "dispatch_task": "dispatch_delivery",
        },
        beside=("dispatch_delivery", "delivery_id"),
    ),
    "stop": Scope(
        "dispatch_task",
        _("Stop"),
        "board:task-detail",
        {
            "dispatch_proof": "dispatch_task",
            "dispatch_incident": "dispatch_task",
            "dispatch_latereport": "dispatch_task",
        },
    ),
    "standing-order": Scope(
        "recurring_standingorder",
        _("Standing order"),
        "recurring:rule-detail",
        {
            "recurring_ruleversion": "recurring_standingorder",
            "recurring_rulewindow": "recurring_ruleversion",
            "recurring_ruleline": "recurring_ruleversion",
            "recurring_pause": "recurring_standingorder",
            "recurring_partpause": "recurring_standingorder",
            "recurring_added": "recurring_standingorder",
            "recurring_override": "recurring_standingorder",
            "recurring_stockdecision": "recurring_standingorder",
        },
    ),
    "product": Scope("orders_product", _("Product"), ""),
    "person": Scope(
        "accounts_user",
        _("Person"),
        "accounts:person-edit",
        {"dispatch_courier": "accounts_user", "dispatch_shift": "dispatch_courier"},
        for_administrators=True,
    ),
    "business": Scope(
        "accounts_business",
        _("Business"),
        "accounts:business-detail",
        {
            "accounts_membership": "accounts_business",
            "accounts_invitation": "accounts_business",
            "orders_producerterms": "accounts_business",
            "orders_closure": "accounts_business",
        },
    ),
    "settings": Scope(
        "tenants_cooperative",
        _("Settings of the co-op"),
        "cooperative:settings",
        for_administrators=True,
    ),
}
# The other way round, for links from a list of all events.
SCOPE_OF: Mapping[str, str] = {scope.table: name for name, scope in SCOPES.items()}


def events_of(scope: Scope, row_id: int) -> QuerySet[Event]:
    """All events of an object and its parts, newest first, by one query."""
    told = Q(kind=scope.table, row_id=row_id)
    roots: dict[str, int] = {scope.table: row_id}
    if scope.beside:
        table, column = scope.beside
        model = tracked_tables()[scope.table].model
        other = model._default_manager.filter(pk=row_id).values_list(column, flat=True).first()
        if other is not None:
            told |= Q(kind=table, row_id=other)
            roots[table] = other
    for table, above in scope.parts.items():
        if above in roots:
            told |= Q(kind=table, parent_id=roots[above])
        elif scope.parts.get(above) in roots:
            over = roots[scope.parts[above]]
            rows = Event.objects.filter(kind=above, parent_id=over, operation="I").order_by()
            told |= Q(kind=table, parent_id__in=rows.values("row_id"))
    return Event.objects.filter(told).order_by("-pk")


def is_there(scope: Scope, row_id: int) -> bool:
    """Whether the object has a page of its own to go back to."""
    model = apps.get_model(tracked_tables()[scope.table].model._meta.label)
    return bool(model._default_manager.filter(pk=row_id).exists())
