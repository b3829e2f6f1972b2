"""`/metrics`: figures for whoever watches the machines, in Prometheus' text. Never public.

Apps say what they measure in AppConfig.ready(); each figure is taken inside each co-op:

    metrics.gauge("generation_failures", "Dates without an order after a fault", count_failures)

Only a program that brings `METRICS_TOKEN` is answered, on the federation's host; anybody else finds
no such page, and without a token set there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

# Called inside a co-op, with the co-op; None leaves it out.
type Measure = Callable[[Any], float | None]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure of a co-op."""

    name: str
    help: str
    measure: Measure


_gauges: dict[str, Gauge] = {}


def gauge(name: str, help_text: str, measure: Measure) -> None:
    """Let `/metrics` tell this figure of each co-op, as coopcycle_<name>."""
    _gauges[name] = Gauge(f"coopcycle_{name}", help_text, measure)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All figures of all open co-ops."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    if not wanted or scheme != "Bearer" or not constant_time_compare(token, wanted):
        raise Http404
    return HttpResponse(_text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _text() -> str:
    """A co-op that cannot be measured is told as such and does not hide the others."""
    from tenants.context import active_cooperatives, in_cooperative

    lines: dict[str, list[str]] = {gauge.name: [] for gauge in _gauges.values()}
    up = []
    for cooperative in active_cooperatives():
        label = f'{{cooperative="{cooperative.slug}"}}'
        try:
            with in_cooperative(cooperative):
                found = {each.name: each.measure(cooperative) for each in _gauges.values()}
        except Exception:  # noqa: BLE001 - whatever it was, the watcher must hear of it
            up.append(f"coopcycle_measured{label} 0")
            continue
        up.append(f"coopcycle_measured{label} 1")
        for name, value in found.items():
            if value is not None:
                lines[name].append(f"{name}{label} {value:.15g}")
    blocks = [_block("coopcycle_measured", "Whether the co-op could be measured", up)]
    blocks += [_block(each.name, each.help, lines[each.name]) for each in _gauges.values()]
    return "\n".join(blocks) + "\n"


def _block(name: str, help_text: str, lines: list[str]) -> str:
    return "\n".join([f"# HELP {name} {help_text}", f"# TYPE {name} gauge", *lines])
