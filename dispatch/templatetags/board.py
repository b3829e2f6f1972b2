"""How a stop of the board is written. Hundreds are drawn at a time, so what repeats is kept."""

from functools import lru_cache
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from coopcycle import dates, icons, states
from coopcycle.templatetags.ui import state_node
from dispatch.board.day import Stop
from dispatch.models import Task

register = template.Library()


@register.simple_tag
def stop_attributes(stop: Stop, is_first: bool) -> SafeString:
    """{% stop_attributes stop forloop.first %}: the attributes by which scripts know a stop."""
    words = " ".join((stop.place, stop.street, stop.reference, stop.recipient_name)).lower()
    return mark_safe(  # noqa: S308 (numbers, and texts that are escaped here: half of format_html's time)
        f'id="stop-{stop.pk}" role="option" aria-selected="false" tabindex="{0 if is_first else -1}"'
        f' data-task="{stop.pk}" data-version="{stop.version}" data-delivery="{stop.delivery_id}"'
        f' data-kind="{stop.kind}" data-state="{states.look("task", stop.state).colour}"'
        f"{' data-movable' if stop.is_movable else ''}"
        f"{f' data-usual-tour="{stop.usual_tour_id}"' if stop.usual_tour_id else ''}"
        f' data-lat="{stop.latitude}" data-lng="{stop.longitude}"'
        f' data-name="{escape(stop.place)}" data-words="{escape(words)}"'
    )


@register.simple_tag
def stop_kind(stop: Stop) -> str:
    """{% stop_kind stop %}: "Pick-up" or "Drop-off"."""
    return _kind(stop.kind, get_language())


@register.simple_tag
def stop_node(stop: Stop) -> SafeString:
    """{% stop_node stop %}: the round mark on the line."""
    return _node(stop.state, get_language())


@register.simple_tag
def stop_icon(stop: Stop) -> SafeString:
    """{% stop_icon stop %}: the shapes of the state's icon, to be put into an SVG."""
    return mark_safe(icons.shapes()[states.look("task", stop.state).icon])  # noqa: S308 (our own)


@register.simple_tag
def stop_label(stop: Stop) -> str:
    """{% stop_label stop %}: a bar of the time line in words."""
    told = {
        "place": stop.place,
        "kind": stop_kind(stop),
        "window": dates.format_window(stop.after, stop.before),
        "state": states.look("task", stop.state).word,
        "delay": dates.format_delay(stop.late_minutes),
    }
    if stop.late_minutes:  # begins with the words on the bar
        return _("%(place)s +%(delay)s, %(kind)s, %(window)s, %(state)s") % told
    return _("%(place)s, %(kind)s, %(window)s, %(state)s") % told


@lru_cache(maxsize=64)
def _kind(kind: str, language: str | None) -> str:
    return str(Task.Kind(kind).label)


@lru_cache(maxsize=64)
def _node(state: str, language: str | None) -> SafeString:
    return state_node("task", state)
