"""Words of the courier's page."""

import uuid

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dispatch.models import FailureReason, Task

register = template.Library()

REASON_ICONS: dict[str, str] = {
    FailureReason.ABSENT: "user-round-x",
    FailureReason.CLOSED: "store",
    FailureReason.ADDRESS: "map-pin",
    FailureReason.REFUSED: "ban",
    FailureReason.DAMAGED: "package-x",
    FailureReason.OTHER: "message-square",
}


@register.simple_tag
def client_id(stop: Task) -> SafeString:
    """{% client_id stop %}: the id of an action, so that it counts once however often it is sent, and
    the version of the stop that the courier sees."""
    return format_html(
        '<input type="hidden" name="client_id" value="{}"><input type="hidden" name="device_at">'
        '<input type="hidden" name="seen" value="{}">',
        uuid.uuid4(),
        str(stop.version),
    )


@register.filter
def kilograms(grams: int) -> str:
    """{{ task.weight_grams|kilograms }}: 12.5 kg, in French 12,5 kg."""
    digits = 0 if grams % 1000 == 0 else 1
    return f"{number_format(grams / 1000, digits, use_l10n=True)}\N{NO-BREAK SPACE}kg"


@register.filter
def reason_icon(reason: str) -> str:
    """{{ "absent"|reason_icon }}: the drawing on a tile of the problem's reasons."""
    return REASON_ICONS[reason]
