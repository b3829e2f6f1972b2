"""The words that every template may use without loading them (a builtin of the template engine)."""

import uuid
from datetime import date, datetime, time

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coopcycle import dates, frontend, icons, states
from coopcycle.money import Money, format_money
from coopcycle.words import said_of

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "", css_class: str = "") -> SafeString:
    """{% icon "bike" %}: a drawn icon; give a label only where no word stands beside it."""
    return mark_safe(icons.draw(name, label=label, css_class=css_class))  # noqa: S308 (escaped there)


@register.filter
def money(amount: Money | int | None, currency: str = "") -> str:
    """{{ line.total_minor|money:cooperative.currency }} or {{ price|money }}: 12,50 €."""
    if amount is None:
        return ""
    if isinstance(amount, Money):
        return format_money(amount.minor, amount.currency)
    return format_money(amount, currency)


@register.simple_tag
def action_id() -> SafeString:
    """A hidden id for a form that creates something, so that a second sending creates nothing more."""
    return format_html('<input type="hidden" name="action_id" value="{}">', uuid.uuid4())


@register.simple_tag
def colon() -> str:
    """{{ day }}{% colon %}{{ name }}: as the reader's language has it, in French after a space."""
    return said_of("", "")


@register.simple_tag
def state_badge(kind: str, state: str) -> SafeString:
    """{% state_badge "task" task.state %}: a state's icon, word and colour."""
    look = states.look(kind, state)
    return _badge("state", look.colour, look.icon, look.word)


@register.simple_tag
def state_node(kind: str, state: str) -> SafeString:
    """{% state_node "task" task.state %}: the round mark on a line; its word is for screen readers."""
    look = states.look(kind, state)
    return format_html(
        '<span class="node" data-state="{}">{}<span class="sr-only">{}</span></span>',
        look.colour,
        icon(look.icon),
        look.word,
    )


@register.simple_tag
def state_reason(kind: str, state: str, words: str = "") -> SafeString:
    """{% state_reason "date" "holiday" "Christmas" %}: the small line that says why, without a pill."""
    look = states.look(kind, state)
    return _badge("reason", look.colour, look.icon, words or look.word)


@register.simple_tag
def state_mark(kind: str, state: str) -> SafeString:
    """{% state_mark "date" "planned" %}: the icon alone, where the word stands hidden beside it."""
    return icon(states.look(kind, state).icon)


@register.filter
def state_colour(state: str, kind: str) -> str:
    """{{ task.state|state_colour:"task" }}: the name for a data-state attribute."""
    return states.look(kind, state).colour


@register.filter
def state_word(state: str, kind: str) -> str:
    """{{ task.state|state_word:"task" }}"""
    return str(states.look(kind, state).word)


def _badge(css_class: str, colour: str, icon_name: str, words: object) -> SafeString:
    return format_html(
        '<span class="{}" data-state="{}">{} {}</span>', css_class, colour, icon(icon_name), words
    )


@register.simple_tag
def late_badge(minutes: int | None) -> SafeString:
    """{% late_badge 8 %}: "+8 min" beside a state, "+9 h 23" from an hour on, nothing when on time."""
    if not minutes or minutes <= 0:
        return SafeString()
    return format_html(
        '<span class="late">{}<span aria-hidden="true">+{}</span><span class="sr-only">{}</span></span>',
        icon("clock-alert"),
        dates.format_delay(minutes),
        _("%(delay)s late") % {"delay": _delay_in_words(minutes)},
    )


@register.filter
def delay(minutes: int) -> str:
    """{{ 563|delay }}: 9 h 23."""
    return dates.format_delay(minutes)


def _delay_in_words(minutes: int) -> str:
    """For those who hear it: "8 minutes", "1 hour 5 minutes"."""
    hours, rest = divmod(minutes, 60)
    words = []
    if hours:
        words.append(ngettext("%(hours)d hour", "%(hours)d hours", hours) % {"hours": hours})
    if rest:
        words.append(
            ngettext("%(minutes)d minute", "%(minutes)d minutes", rest) % {"minutes": rest}
        )
    return " ".join(words)


@register.simple_tag
def window(after: datetime | time, before: datetime | time) -> SafeString:
    """{% window task.after task.before %}: 06:30–08:00."""
    return format_html('<span class="num">{}</span>', dates.format_window(after, before))


@register.filter
def clock(moment: datetime | time | None) -> str:
    """{{ task.after|clock }}: 06:30, in French 6:30."""
    return dates.format_clock(moment) if moment else ""


@register.filter
def day(moment: date | datetime | None, style: str = "day") -> str:
    """{{ order.day|day }}: "Tue 24 Nov". {{ …|day:"day_long" }}: "Tuesday 24 November"; also day_month, day_year."""
    return dates.format_day(moment, style) if moment else ""


@register.filter
def days(first: date, last: date) -> str:
    """{{ week.monday|days:week.sunday }}: "23–29 Nov"."""
    return dates.format_days(first, last)


@register.filter
def near(moment: date | datetime | None) -> str:
    """{{ order.closes_at|near }}: "tomorrow"; in the next days "Fri"; further away "Fri 4 Dec"."""
    return dates.format_near_day(moment, timezone.localdate()) if moment else ""


@register.filter
def weekday(value: int | date, width: str = "abbreviated") -> str:
    """{{ 1|weekday }}: "Tue"; {{ 1|weekday:"wide" }}: "Tuesday". 0 is Monday; a date gives its own day."""
    return dates.weekday_name(value.weekday() if isinstance(value, date) else value, width)


@register.filter
def initials(name: str) -> str:
    """{{ courier.name|initials }}: AF for Ana Ferreira, CO for Chez Odile."""
    words = [word for word in str(name).replace("-", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


@register.simple_tag
def bar(value: float, total: float, css_class: str = "") -> SafeString:
    """{% bar 94 120 %}: how full; write the figures in words beside it. Over-full is hatched."""
    share = min(100, round(100 * value / total)) if total else 0
    fill = css_class or ("bar__fill--full" if total and value > total else "")
    return format_html(
        '<svg class="bar" aria-hidden="true"><rect class="bar__fill {}" width="{}%" height="100%"/></svg>',
        fill,
        share,
    )


@register.simple_tag
def import_map() -> SafeString:
    """The import map of our own modules: "app/live" → /static/js/live.<hash>.js."""
    return mark_safe(frontend.import_map())  # noqa: S308 (JSON of our own file names, "<" escaped)


@register.simple_tag
def script(name: str) -> str:
    """{% script "app" %}: the address of one of our modules."""
    return static(frontend.module_path(name))
