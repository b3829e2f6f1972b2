"""The board in Chromium with a day in all states on it: what its browser tests share."""

import os
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from dispatch import services
from dispatch.models import FailureReason, Task
from tests.factories import (
    AddressFactory,
    CourierFactory,
    DeliveryFactory,
    ShiftFactory,
    TaskFactory,
)
from tests.look.browser import answer_with, faults, visit

SHOTS = os.environ.get("BOARD_SHOTS")  # a directory: keep pictures to look at


GRENOBLE = ZoneInfo("Europe/Paris")


def at_hour(hour: int, minute: int = 0) -> datetime:
    return timezone.localtime(timezone=GRENOBLE).replace(
        hour=hour, minute=minute, second=0, microsecond=0
    )


def pair(producer: str, buyer: str, hour: int, load: str = "5 crates", **delivery) -> list[Task]:
    made = DeliveryFactory(recipient_name=buyer, **delivery)
    after = at_hour(hour)
    return [
        TaskFactory(
            delivery=made,
            kind=kind,
            place=place,
            load=load,
            day=after.date(),
            after=after + timedelta(minutes=30 * step),
            before=after + timedelta(minutes=30 * step + 30),
            weight_grams=26_000,
            address=AddressFactory(name=place),
        )
        for step, (kind, place) in enumerate((("PICKUP", producer), ("DROPOFF", buyer)))
    ]


@pytest.fixture
def full_day(ines, ana, malik):
    """A day in all states, on today's board."""
    others = [CourierFactory(user__name=name) for name in ("Jonas Lemaire", "Lucie Tanguy")]
    for courier, hour in zip((ana, malik, *others), (6, 7, 8, 11), strict=True):
        ShiftFactory(courier=courier, after=at_hour(hour), before=at_hour(hour + 6))
    rides = [
        (ana, pair("Ferme des Trois Ormes", "Épicerie du Port", 6, is_recurring=True)),
        (ana, pair("Vergers du Sillon", "Chez Odile", 7, "2 crates")),
        (malik, pair("Moulin de la Chézine", "Crêperie Ty Breizh", 7, "8 sacks")),
        (malik, pair("Ferme des Trois Ormes", "Boucherie Chauvin", 8, is_recurring=True)),
    ]
    for courier, tasks in rides:
        services.assign(
            {task.pk: 1 for task in tasks}, courier_id=courier.pk, actor=ines, at=at_hour(5)
        )

    def ride(action, task, minute, **more):
        action(
            task_id=task.pk,
            actor=ines,
            at=at_hour(6, minute),
            client_id=uuid4(),
            **more,
        )

    for task in rides[0][1]:
        ride(services.start_task, task, 5)
        ride(services.complete_task, task, 50)
    ride(services.start_task, rides[1][1][0], 55)
    ride(services.fail_task, rides[2][1][0], 58, reason=FailureReason.CLOSED)
    return {
        "odile": rides[1][1],
        "notary": pair("Imprimerie Graslin", "Notaire Guillou", 9, "1 parcel"),
        "bistrot": pair("Vergers du Sillon", "Bistrot Mirabelle", 11, "3 crates"),
    }


@pytest.fixture
def open_board(chromium, client_for, ines, alpha):
    """Opens the board at a width; complains about anything on the console."""
    opened = []

    def open_at(path="/dispatch/", width=1280, height=860, language="en", scheme="light"):
        context = chromium.new_context(
            color_scheme=scheme, locale=language, viewport={"width": width, "height": height}
        )
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                page.complaints.append(message.text)
                if message.type == "error"
                and "/live/" not in message.location.get("url", "")
                and "409" not in message.text
                else None
            ),
        )
        page.route("**/*", answer_with(client_for(ines)))
        visit(page, f"http://{alpha.slug}.localhost{path}")
        page.wait_for_selector(".board-map.leaflet-container, .hours, .crew, .stop-page")
        opened.append(context)
        return page

    yield open_at
    for context in opened:
        context.close()


def shoot(page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(300)
        page.screenshot(path=f"{SHOTS}/{name}.png")


def axe_faults(page) -> list[str]:
    """axe measures with inline styles of its own, which our policy blocks: not the page's fault."""
    before = list(page.complaints)
    found = faults(page)
    page.complaints[:] = before
    return found


def names_in(page, courier) -> list[str]:
    return page.locator(
        f"#list-{courier.pk} .stop__name, #list-{courier.pk} .slip__name"
    ).all_inner_texts()


def stop(page, task):
    return page.locator(f"#stop-{task.pk}")
