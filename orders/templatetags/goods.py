"""{% load goods %}: quantities, rates and sentences about terms."""

from decimal import Decimal

from babel.lists import format_list
from babel.numbers import format_percent
from django import template
from django.utils.translation import get_language, ngettext, pgettext, to_locale
from django.utils.translation import gettext as _

from coopcycle import dates
from orders.catalog.models import ProducerTerms
from orders.catalog.units import format_quantity

register = template.Library()


@register.simple_tag
def quantity(amount: Decimal, unit: str) -> str:
    """{% quantity line.quantity line.unit %}: "12 kg"."""
    return format_quantity(amount, unit)


@register.filter
def percent(rate: Decimal | str | None) -> str:
    """{{ line.tax_rate|percent }}: 5.5%."""
    if rate is None:
        return ""
    return format_percent(
        Decimal(rate), "#,##0.##\u202f%", locale=to_locale(get_language() or "en")
    )


@register.filter
def kilograms(grams: int) -> str:
    """{{ task.weight_grams|kilograms }}: 12 kg."""
    return format_quantity((Decimal(grams) / 1000).quantize(Decimal("0.1")).normalize(), "kg")


@register.filter
def cutoff_sentence(terms: ProducerTerms) -> str:
    """{{ terms|cutoff_sentence }}: "Order until 18:00 the day before"."""
    words = {"time": dates.format_clock(terms.cutoff_time), "days": terms.cutoff_days_before}
    if terms.cutoff_days_before == 0:
        return _("Order until %(time)s of the same day") % words
    if terms.cutoff_days_before == 1:
        return _("Order until %(time)s the day before") % words
    return (
        ngettext(
            "Order until %(time)s, %(days)d day before",
            "Order until %(time)s, %(days)d days before",
            terms.cutoff_days_before,
        )
        % words
    )


@register.filter
def days_off_sentence(terms: ProducerTerms) -> str:
    """{{ terms|days_off_sentence }}: "closed on Monday and Sunday"; empty without days off."""
    if not terms.days_off:
        return ""
    names = [
        pgettext("in a list of weekdays", "%(weekday)s")
        % {"weekday": dates.weekday_name(day - 1, "wide")}
        for day in sorted(terms.days_off)
    ]
    return _("closed on %(days)s") % {"days": format_list(names, locale=dates.reader_locale())}
