"""What the pages of import and export read."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import QuerySet

from accounts.models import Business, Membership, User
from coopcycle.words import filed
from orders.catalog.units import format_quantity
from orders.models import Order, Product
from orders.ordering.forms import GoodsForm, ParcelForm
from orders.permissions import buyers_for
from recurring.calendars import work_calendar
from recurring.importing.calendars import read_calendar
from recurring.importing.cells import Known
from recurring.importing.models import RuleImport
from recurring.importing.rows import LOOK_AHEAD, Row, Shown, shown, with_dates_checked
from recurring.importing.tables import read_table, with_contents_of
from tenants.models import Cooperative


def importing_buyers(user: User) -> QuerySet[Business]:
    """For whom the person may bring standing orders: the office for each, owners for their own."""
    if user.works_at_office:
        return buyers_for(user)
    own = Business.objects.active().select_related("address")
    # In one filter: the person's own seat must be the owner's, not somebody's.
    return own.filter(memberships__user=user, memberships__level=Membership.Level.OWNER)


def known_to(user: User, cooperative: Cooperative) -> Known:
    """What the cells of the person's table may name."""
    return Known(
        cooperative=cooperative,
        buyers={buyer.name.lower(): buyer for buyer in importing_buyers(user)},
        products=list(offered_products()),
    )


def offered_products() -> QuerySet[Product]:
    offered = Product.objects.offered().select_related("producer__terms")
    return offered.order_by(filed("producer__name"), filed("name"), "pk")


def rows_of(
    imported: RuleImport,
    known: Known,
    *,
    today: date,
    contents: GoodsForm | ParcelForm | None = None,
) -> list[Row]:
    """The file's rows, checked. `contents` is what a calendar's events are to bring, once valid.

    Raises ValidationError when the file as a whole cannot be used.
    """
    if imported.source == RuleImport.Source.CSV:
        rows = read_table(imported.text, known)
    else:
        found = read_calendar(imported.text, kind=imported.kind, zone=known.cooperative.zone)
        rows = [with_contents_of(row, imported.buyer, contents, known) for row in found]
    zone_name = known.cooperative.timezone
    return [with_dates_checked(row, zone_name=zone_name, today=today) for row in rows]


def in_words(rows: Sequence[Row], known: Known, *, today: date) -> list[Shown]:
    """The rows for the page."""
    calendar = work_calendar(known.cooperative, today, today + LOOK_AHEAD + timedelta(days=31))
    products = {product.pk: product for product in known.products}
    found = shown(rows, zone_name=known.cooperative.timezone, calendar=calendar, today=today)
    return [each.with_goods(contents_words(each.row, products)) for each in found]


def contents_words(row: Row, products: Mapping[int, Product]) -> str:
    """“12 kg Tomatoes, 2 Apples”, or whom the parcel is for."""
    if row.draft is None:
        return ""
    if row.draft.kind == Order.Kind.DELIVERY:
        town = row.place.city if row.place else ""
        return ", ".join(filter(None, [row.draft.recipient, town, row.draft.load]))
    return ", ".join(
        f"{format_quantity(line.quantity, products[line.product_id].unit)} "
        f"{products[line.product_id].name}"
        for line in row.draft.lines
    )
