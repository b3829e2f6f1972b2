"""What other apps' pages show of standing orders."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils import timezone

from accounts.models import Business
from recurring.selectors import coming
from recurring.selectors.waiting import held, waiting_dates
from recurring.suggestions import Suggestion, suggestions

register = template.Library()


@register.simple_tag
def suggestions_for(businesses: Business | Sequence[Business]) -> list[Suggestion]:
    """{% suggestions_for business as suggestions %}: what it, or each of several, could make standing."""
    asked = [businesses] if isinstance(businesses, Business) else businesses
    return suggestions(asked, today=timezone.localdate())


@register.simple_tag(takes_context=True)
def coming_deliveries(context: dict[str, Any]) -> list[coming.Coming]:
    """{% coming_deliveries as deliveries %}: on a page with `businesses` and `upcoming` orders."""
    return coming.coming(
        context["businesses"],
        context["upcoming"],
        cooperative=context["request"].cooperative,
        at=timezone.now(),
    )


@register.simple_tag
def waiting_for(producers: Sequence[Business]) -> int:
    """{% waiting_for producers as waiting %}: how many dates wait for these producers to decide."""
    own = [producer.pk for producer in producers]
    return len(waiting_dates(held(timezone.now()), own)) if own else 0
