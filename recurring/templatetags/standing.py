"""What other apps' pages show of standing orders."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import Business
from recurring.selectors import coming
from recurring.suggestions import Suggestion, suggestions

register = template.Library()


@register.simple_tag
def suggestions_for(business: Business) -> list[Suggestion]:
    """{% suggestions_for business as suggestions %}: what it could make standing."""
    return suggestions([business], today=timezone.localdate())


@register.simple_tag(takes_context=True)
def coming_deliveries(context: dict[str, Any]) -> list[coming.Coming]:
    """{% coming_deliveries as deliveries %}: on a page with `businesses` and `upcoming` orders."""
    return coming.coming(
        context["businesses"],
        context["upcoming"],
        cooperative=context["request"].cooperative,
        at=timezone.now(),
    )
