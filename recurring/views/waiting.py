"""What waits for a decision: for producers their own lines, for the office all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import PersonRequest
from coopcycle.errors import DomainError
from orders.permissions import producers_for
from recurring import services
from recurring.models import StockDecision
from recurring.permissions import get_short_order_for, get_short_product_for
from recurring.selectors.waiting import held, waiting_dates
from recurring.views.drawing import known_date

Answer = StockDecision.Answer


@require_safe
def waiting_list(request: PersonRequest) -> HttpResponse:
    """Dates without an order yet, each with the lines that this person decides."""
    user = request.user
    own = None if user.sees_all else [producer.pk for producer in producers_for(user)]
    dates = waiting_dates(held(timezone.now()), own)
    return render(request, "recurring/waiting_list.html", {"dates": dates})


@require_POST
def waiting_decide(
    request: PersonRequest, rule_id: int, original: str, product_id: int
) -> HttpResponse:
    """What comes of one product on one date."""
    product = get_short_product_for(request.user, product_id)
    order = get_short_order_for(product, rule_id)
    try:
        answer = Answer(request.POST.get("answer", ""))
    except ValueError:
        raise DomainError(_("Choose one of the answers."), status=422) from None
    services.decide_stock(
        answer,
        standing_order_id=order.pk,
        original_start=known_date(original),
        product=product,
        actor=request.user,
        at=timezone.now(),
    )
    messages.success(request, _said(answer) % {"product": product.name, "business": order.buyer})
    return redirect("recurring:waiting-list")


def _said(answer: Answer) -> str:
    if answer == Answer.ALL:
        return _("%(business)s gets all of the %(product)s.")
    if answer == Answer.PART:
        return _("%(business)s gets what is left of the %(product)s.")
    return _("%(business)s gets the rest of its order, without %(product)s.")
