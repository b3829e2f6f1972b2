"""Bringing standing orders from a file, and taking them along as one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import PersonRequest
from audit.recording import Kind, record
from coopcycle.idempotency import read_action_id
from orders.models import Order
from orders.ordering.forms import GoodsForm, ParcelForm
from recurring.importing import selectors, services
from recurring.importing.columns import COLUMNS
from recurring.importing.example import example_table
from recurring.importing.exporting import export_table
from recurring.importing.forms import UploadForm
from recurring.importing.models import RuleImport
from recurring.permissions import exportable_orders_for, get_import_for


@require_http_methods(["GET", "HEAD", "POST"])
def import_create(request: PersonRequest) -> HttpResponse:
    """Choose a file; its columns are explained beside."""
    buyers = selectors.importing_buyers(request.user)
    form = UploadForm(
        request.POST if request.method == "POST" else None, request.FILES or None, buyers=buyers
    )
    if request.method == "POST" and form.is_valid():
        imported = services.open_import(
            text=form.text,
            source=form.source,
            file_name=form.cleaned_data["file"].name,
            buyer=form.cleaned_data["buyer"],
            kind=form.cleaned_data["kind"],
            actor=request.user,
            at=timezone.now(),
            action_id=read_action_id(request),
        )
        return redirect("importing:import-detail", imported.pk)
    context = {"form": form, "columns": COLUMNS}
    status = 422 if form.errors else 200
    return render(request, "recurring/importing/import_create.html", context, status=status)


@require_safe
def import_detail(request: PersonRequest, import_id: int) -> HttpResponse:
    """What the file would make, row by row, before anything is made."""
    imported = get_import_for(request.user, import_id)
    return _draw(request, imported, _contents(imported, None))


@require_POST
def import_finish(request: PersonRequest, import_id: int) -> HttpResponse:
    """Make the good rows."""
    imported = get_import_for(request.user, import_id)
    if imported.finished_at is None:
        contents = _contents(imported, request.POST)
        if contents is not None and not contents.is_valid():
            return _draw(request, imported, contents, status=422)
        known = selectors.known_to(request.user, request.cooperative)
        try:
            rows = selectors.rows_of(imported, known, today=timezone.localdate(), contents=contents)
        except ValidationError:
            return _draw(request, imported, contents, status=422)
        imported = services.finish_import(
            rows,
            import_id=imported.pk,
            cooperative=request.cooperative,
            actor=request.user,
            at=timezone.now(),
        )
    words = ngettext(
        "%(number)s standing order is made.", "%(number)s standing orders are made.", imported.made
    )
    messages.success(request, words % {"number": imported.made})
    return redirect("recurring:rule-list")


@require_safe
def example(request: PersonRequest) -> HttpResponse:
    """A table to start from, of what the person may order."""
    known = selectors.known_to(request.user, request.cooperative)
    text = example_table(known, today=timezone.localdate())
    return _table(text, "standing-orders-example.csv")


@require_safe
def export(request: PersonRequest) -> HttpResponse:
    """The person's standing orders as a table that can be brought again."""
    day = timezone.localdate()
    record(Kind.EXPORTED, what="standing orders")
    return _table(
        export_table(exportable_orders_for(request.user)), f"standing-orders-{day:%Y-%m-%d}.csv"
    )


def _draw(
    request: PersonRequest,
    imported: RuleImport,
    contents: GoodsForm | ParcelForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"imported": imported, "contents": contents}
    context["is_parcel"] = isinstance(contents, ParcelForm)
    if imported.finished_at is None:
        known, today = selectors.known_to(request.user, request.cooperative), timezone.localdate()
        try:
            rows = selectors.rows_of(imported, known, today=today)
        except ValidationError as error:
            context["trouble"] = error.message
            status = 422
        else:
            context["good"] = sum(row.is_good for row in rows)
            context["bad"] = len(rows) - context["good"]
            context["rows"] = selectors.in_words(rows, known, today=today)
    return render(request, "recurring/importing/import_detail.html", context, status=status)


def _contents(imported: RuleImport, data: Any) -> GoodsForm | ParcelForm | None:
    """What a calendar's events bring: asked once for the whole file."""
    if imported.source == RuleImport.Source.CSV or imported.finished_at is not None:
        return None
    if imported.kind == Order.Kind.DELIVERY:
        return ParcelForm(data)
    return GoodsForm(data, products=selectors.offered_products())


def _table(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
