"""Background work of standing orders: ids in, a service called, safe to run twice."""

from typing import Any

from coopcycle import outbox
from coopcycle.celery import cooperative_task, public_task
from orders.pricing.services import PRICES_CHANGED
from recurring.alerts import tell_late
from recurring.generation import generate
from recurring.selectors.runs import late_since
from recurring.services.holidays import follow_week
from recurring.services.law import follow_law
from recurring.storage import database_now
from tenants.context import current_cooperative, run_in_each_cooperative
from tenants.models import Cooperative
from tenants.settings import own_settings


@public_task
def generate_everywhere() -> None:
    """Started by beat: one task for each active co-op."""
    run_in_each_cooperative(_start)


def _start(_cooperative: Cooperative) -> None:
    generate_for_cooperative.delay()


@cooperative_task
def generate_for_cooperative() -> None:
    """Make what falls into the horizon of this task's co-op."""
    if current_cooperative() is not None:
        follow_week(at=database_now())
        generate(own_settings(), at=database_now())  # a horizon changed just now counts


@outbox.handler(PRICES_CHANGED)
def follow_prices(_key: str, _payload: dict[str, Any]) -> None:
    """A price is another one: orders that are made do not wait for the next turn."""
    generate_for_cooperative.delay()


@public_task
def follow_law_everywhere() -> None:
    """Started by beat, and after each start: may the clocks be read differently by now?"""
    run_in_each_cooperative(lambda _cooperative: follow_law_for_cooperative.delay())


@cooperative_task
def follow_law_for_cooperative() -> None:
    """Bring the dates of this task's co-op to where its clocks say them now."""
    if current_cooperative() is not None:
        follow_law(at=database_now())


@public_task
def watch_everywhere() -> None:
    """Started by beat: has generation come to its end in each co-op lately?"""
    run_in_each_cooperative(_watch)


def _watch(cooperative: Cooperative) -> None:
    if since := late_since(cooperative, database_now()):
        tell_late(cooperative, since=since)
