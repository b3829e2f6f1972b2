"""The board in Chromium: assigning by drag, menu and keys, and what a refusal looks like."""

import contextvars
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone
from playwright.sync_api import expect

from dispatch import services
from dispatch.models import FailureReason, Incident, Task
from tests.factories import (
    AddressFactory,
    CourierFactory,
    DeliveryFactory,
    ShiftFactory,
    TaskFactory,
)
from tests.look.browser import TYPES, faults, sticks_out, visit

SHOTS = os.environ.get("BOARD_SHOTS")  # a directory: keep pictures to look at

pytestmark = pytest.mark.django_db


def answer_with(client) -> Callable:
    """Hands each request to the client, also what is posted; the live stream stays silent."""
    here = contextvars.copy_context()

    def answer(route) -> None:
        request = route.request
        url = urlsplit(request.url)
        if url.path.startswith("/static/"):
            file = Path(str(finders.find(url.path.removeprefix("/static/"))))
            kind = TYPES.get(file.suffix, "application/octet-stream")
            route.fulfill(body=file.read_bytes(), content_type=kind)
        elif url.path.startswith("/live/"):
            route.fulfill(status=503)
        else:
            headers = {
                name: value
                for name, value in request.headers.items()
                if name.startswith("hx-") or name in ("accept-language", "x-csrftoken")
            }
            response = client.generic(
                request.method,
                url.path + (f"?{url.query}" if url.query else ""),
                request.post_data_buffer or b"",
                content_type=request.headers.get("content-type", ""),
                headers=headers,
            )
            route.fulfill(
                status=response.status_code, headers=dict(response.items()), body=response.content
            )

    return lambda route: here.copy().run(answer, route)


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


@pytest.mark.parametrize("view", ["columns", "map", "hours"])
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
def test_board_is_accessible_and_fits(full_day, open_board, ines, language, scheme, view):
    ines.language = language
    ines.save()
    for width, height in ((1680, 1000), (1280, 860), (360, 780)):
        page = open_board(
            f"/dispatch/?view={view}", width, height, language=language, scheme=scheme
        )
        assert axe_faults(page) == []
        assert sticks_out(page) <= 0
        shoot(page, f"board-{view}-{language}-{scheme}-{width}")
        assert page.complaints == []


def test_keys_assign_and_undo(full_day, open_board, ana):
    pickup, dropoff = full_day["notary"]
    page = open_board()
    stop(page, pickup).focus()

    page.keyboard.press("Space")
    page.keyboard.press("a")
    expect(page.locator("#assign-dialog")).to_be_visible()
    shoot(page, "assign-1280")
    page.keyboard.press("Enter")

    expect(page.locator(f"#list-{ana.pk} #stop-{dropoff.pk}")).to_be_visible()
    expect(page.locator(".toast").first).to_contain_text("2 stops go to Ana.")
    assert names_in(page, ana)[-2:] == ["Imprimerie Graslin", "Notaire Guillou"]
    shoot(page, "toast-1280")

    stop(page, pickup).focus()
    page.keyboard.press("Control+z")
    expect(page.locator(f"#list-pool #stop-{dropoff.pk}")).to_be_visible()
    assert set(Task.objects.filter(delivery=pickup.delivery).values_list("tour", flat=True)) == {
        None
    }
    assert page.complaints == []


def test_name_takes_a_stop_with_the_rest_of_its_delivery_to_the_end(full_day, open_board, ana):
    pickup, dropoff = full_day["notary"]
    page = open_board()

    stop(page, dropoff).hover()
    page.mouse.down()
    page.locator(f"#courier-{ana.pk}").hover()
    expect(page.locator(f"[data-drop='{ana.pk}']")).to_have_class("lane__head is-target")
    expect(page.locator(".drag-ghost")).to_contain_text("Ana Ferreira, at the end, +")
    shoot(page, "drag-name-1280")
    page.mouse.up()

    expect(page.locator(f"#list-{ana.pk} #stop-{pickup.pk}")).to_be_visible()
    assert names_in(page, ana)[-2:] == ["Imprimerie Graslin", "Notaire Guillou"]
    expect(page.locator(".drag-ghost, .drop-line, .is-target")).to_have_count(0)
    expect(page.locator("#selection")).to_be_hidden()  # a drop is not a click
    assert page.complaints == []


def test_name_refuses_a_stop_that_somebody_else_moved(full_day, open_board, theo, ana, malik):
    pickup, dropoff = full_day["notary"]
    page = open_board()
    services.assign({pickup.pk: 1, dropoff.pk: 1}, courier_id=malik.pk, actor=theo, at=at_hour(7))

    stop(page, dropoff).drag_to(page.locator(f"#courier-{ana.pk}"))

    expect(page.locator(".toast[data-kind=error]")).to_contain_text(
        "Théo Marchal gave “Notaire Guillou” to Malik Haddad"
    )
    expect(page.locator(f"#list-{malik.pk} #stop-{dropoff.pk}")).to_be_visible()
    assert Task.objects.get(pk=dropoff.pk).tour.courier == malik


def test_escape_lets_a_dragged_stop_go(full_day, open_board, ana):
    page = open_board()
    stop(page, full_day["notary"][0]).hover()
    page.mouse.down()
    page.locator(f"#courier-{ana.pk}").hover()

    page.keyboard.press("Escape")
    page.mouse.up()

    expect(page.locator(".drag-ghost")).to_have_count(0)
    assert Task.objects.get(pk=full_day["notary"][0].pk).tour is None


def test_line_shows_where_a_stop_would_go(full_day, open_board, ana):
    page = open_board()
    pickup = full_day["odile"][1]
    box = stop(page, pickup).bounding_box()
    stop(page, full_day["bistrot"][0]).hover()
    page.mouse.down()

    page.mouse.move(box["x"] + 60, box["y"] + 4, steps=3)

    line = page.locator(".drop-line")
    expect(line).to_be_visible()
    assert abs(line.bounding_box()["y"] - box["y"]) < 8
    expect(page.locator(".drag-ghost")).to_contain_text("Ana Ferreira, +")
    shoot(page, "drag-between-1280")
    page.keyboard.press("Escape")


def test_dragged_back_stops_are_unassigned(full_day, open_board, malik):
    last = Task.objects.filter(tour__courier=malik).order_by("position").last()
    page = open_board()

    stop(page, last).drag_to(page.locator("#unassigned-title"))

    expect(page.locator(f"#list-pool #stop-{last.pk}")).to_be_visible()
    left = Task.objects.filter(delivery=last.delivery, tour=None).count()
    assert left == 2  # the pick-up came along


def test_menu_moves_a_stop_alone(full_day, open_board, ana, malik):
    pickup, dropoff = full_day["odile"]
    page = open_board()
    stop(page, dropoff).click()
    page.locator("[data-act=assign]").click()

    page.get_by_label("Only this stop, not the rest of its delivery").check()
    page.get_by_role("button", name="Nobody back to the unassigned stops").click()

    expect(page.locator(f"#list-pool #stop-{dropoff.pk}")).to_be_visible()
    assert Task.objects.get(pk=pickup.pk).tour.courier == ana


def test_round_beside_the_map_takes_stops_folded_or_open(full_day, open_board, ana, malik):
    page = open_board("/dispatch/?view=map")

    stop(page, full_day["notary"][1]).drag_to(page.locator(f"#courier-{ana.pk}"))
    expect(page.locator(f"#list-{ana.pk} #stop-{full_day['notary'][0].pk}")).to_have_count(1)
    page.locator(f"[data-drop='{malik.pk}']").click()
    first = page.locator(f"#list-{malik.pk} [data-movable]").first
    stop(page, full_day["bistrot"][0]).drag_to(first, target_position={"x": 60, "y": 4})

    expect(page.locator(f"#list-{malik.pk} #stop-{full_day['bistrot'][0].pk}")).to_be_visible()
    assert names_in(page, malik)[1:3] == ["Vergers du Sillon", "Bistrot Mirabelle"]
    assert page.complaints == []
    shoot(page, "map-open-1280")


def test_bars_of_the_time_line_are_stops_too(full_day, open_board, ana, malik):
    pickup, dropoff = full_day["odile"]
    page = open_board("/dispatch/?view=hours")

    stop(page, dropoff).locator(".hbar__window").drag_to(page.locator(f"#courier-{malik.pk}"))
    expect(page.locator(f"#list-{malik.pk} #stop-{dropoff.pk}")).to_be_visible()
    assert Task.objects.get(pk=pickup.pk).tour.courier == ana  # it is ridden already: it stays
    stop(page, dropoff).focus()
    page.keyboard.press("u")

    expect(page.locator(f"#list-pool #stop-{dropoff.pk}")).to_be_visible()
    assert page.complaints == []


def test_drag_assigns_in_front_of_a_stop(full_day, open_board, ana):
    pickup, dropoff = full_day["bistrot"]
    page = open_board()

    stop(page, pickup).drag_to(stop(page, full_day["odile"][1]), target_position={"x": 60, "y": 6})

    expect(page.locator(f"#list-{ana.pk} #stop-{dropoff.pk} .stop__name")).to_be_visible()
    assert names_in(page, ana)[-3:] == ["Vergers du Sillon", "Bistrot Mirabelle", "Chez Odile"]
    assert page.complaints == []


def test_arrows_reorder_and_focus_stays(full_day, open_board, malik):
    page = open_board()
    last = Task.objects.filter(tour__courier=malik).order_by("position").last()
    stop(page, last).focus()

    page.keyboard.press("u")
    expect(page.locator(f"#list-pool #stop-{last.pk}")).to_be_visible()
    expect(stop(page, last)).to_be_focused()
    assert page.complaints == []


def test_slower_dispatcher_sees_a_sentence_and_the_fresh_board(
    full_day, open_board, theo, ana, malik
):
    pickup, dropoff = full_day["notary"]
    page = open_board()
    services.assign({pickup.pk: 1, dropoff.pk: 1}, courier_id=malik.pk, actor=theo, at=at_hour(7))

    stop(page, dropoff).click()
    page.locator("[data-act=assign]").click()
    page.locator(f"[data-assign-to='{ana.pk}']").click()

    expect(page.locator(".toast[data-kind=error]")).to_contain_text("Théo Marchal gave")
    expect(page.locator(f"#list-{malik.pk} #stop-{dropoff.pk}")).to_be_visible()
    assert Task.objects.get(pk=dropoff.pk).tour.courier == malik
    assert page.complaints == []


def test_keys_reach_everything(full_day, open_board, ana):
    page = open_board()
    chosen = page.locator("[data-task][aria-selected=true]")
    pool = page.locator("#list-pool [data-task]")

    page.keyboard.press("ArrowDown")  # from nowhere to the first stop
    expect(pool.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(chosen).to_have_count(2)
    page.keyboard.press("Space")
    expect(chosen).to_have_count(1)
    page.keyboard.press("Control+a")
    expect(chosen).to_have_count(4)
    page.keyboard.press("Escape")
    expect(chosen).to_have_count(0)
    pool.nth(0).click()
    pool.nth(2).click(modifiers=["Control"])
    expect(chosen).to_have_count(2)
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#list-{ana.pk} [data-task]").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#board-help")).to_be_visible()
    assert axe_faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#board-help")).to_be_hidden()

    page.keyboard.press("n")
    expect(page.locator("#new-menu a").first).to_be_focused()
    assert axe_faults(page) == []
    shoot(page, "new-1280")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/parcel/")


def test_order_is_entered_from_the_board(full_day, open_board):
    page = open_board()

    page.locator("#new-menu summary").click()
    page.get_by_role("link", name="Order of goods").click()

    page.wait_for_url("**/orders/new/")


def test_filter_says_what_it_hides(full_day, open_board):
    page = open_board()

    page.get_by_text("Filter", exact=True).click()
    page.get_by_label("Stops that begin before").select_option("08:00")
    shoot(page, "filter-1280")
    page.get_by_role("button", name="Show").click()

    chip = page.get_by_role("link", name="Before 08:00: 6 later hidden")
    expect(chip).to_be_visible()
    assert "before=08%3A00" in page.url
    chip.click()
    expect(stop(page, full_day["bistrot"][1])).to_be_visible()
    assert "before" not in page.url


def test_problem_is_settled_on_the_board(full_day, open_board):
    page = open_board()
    problems = page.locator("#problems")
    expect(problems).to_contain_text("Moulin de la Chézine, Closed")

    problems.get_by_role("button", name="Settled").click()

    expect(problems).to_have_count(0)
    assert Incident.objects.get().resolved_at is not None
    assert page.complaints == []


def test_lost_line_is_said_and_caught_up(full_day, open_board, theo, ana):
    pickup, dropoff = full_day["notary"]
    page = open_board()  # the test's live line never stands

    expect(page.locator("#stale")).to_contain_text(
        "The live line is lost: this is the day as it was"
    )
    services.assign({pickup.pk: 1, dropoff.pk: 1}, courier_id=ana.pk, actor=theo, at=at_hour(7))
    for name, detail in (("state", {"state": "on"}), ("again", {})):
        page.evaluate(
            "([name, detail]) => document.body.dispatchEvent(new CustomEvent(`live:${name}`, { detail }))",
            [name, detail],
        )

    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator(f"#list-{ana.pk} #stop-{dropoff.pk}")).to_be_visible()


def test_phone_shows_one_courier_at_a_time(full_day, open_board, ana):
    page = open_board(width=360, height=780)
    lane = page.locator(f"#lane-{ana.pk}")

    page.locator(".lane-tabs").get_by_role("link", name="Ana").click()

    expect(page.locator(".lane-tabs [aria-current]")).to_contain_text("Ana")
    expect(lane).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#unassigned")).not_to_be_in_viewport()
    stop(page, full_day["odile"][1]).click()
    expect(page.locator("#selection")).to_be_in_viewport(ratio=1)
    assert axe_faults(page) == []
    shoot(page, "phone-selection-360")
    page.locator("[data-act=assign]").click()
    shoot(page, "phone-assign-360")
    assert sticks_out(page) <= 0


def test_day_can_be_read_without_script(full_day, chromium, client_for, ines, alpha):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", answer_with(client_for(ines)))
    for view in ("columns", "map", "hours"):
        page.goto(f"http://{alpha.slug}.localhost/dispatch/?view={view}")
        page.get_by_text("Notaire Guillou").first.wait_for()
        if view == "map":
            page.locator("summary.lane__head").first.click()
        expect(stop(page, full_day["odile"][1])).to_be_visible()
    page.locator("#problems").get_by_role("button", name="Settled").click()
    expect(page.locator("#problems")).to_have_count(0)
    context.close()


def test_other_boards_follow(full_day, open_board, theo, ana):
    pickup, dropoff = full_day["notary"]
    page = open_board()
    services.assign({pickup.pk: 1, dropoff.pk: 1}, courier_id=ana.pk, actor=theo, at=at_hour(7))

    page.evaluate("document.body.dispatchEvent(new CustomEvent('live:board-changed'))")

    expect(page.locator(f"#list-{ana.pk} #stop-{dropoff.pk}")).to_be_visible()


def test_search_dims_the_rest(full_day, open_board):
    page = open_board()

    page.keyboard.press("/")
    page.keyboard.type("mirabelle")

    expect(stop(page, full_day["notary"][1])).to_have_class("slip is-missed")
    expect(stop(page, full_day["bistrot"][1])).to_have_class("slip")
    assert "q=mirabelle" in page.url


def test_stop_opens_and_is_cancelled(full_day, open_board):
    task = full_day["notary"][1]
    page = open_board()
    stop(page, task).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#stop-dialog #stop-title")).to_have_text("Notaire Guillou")
    assert axe_faults(page) == []
    shoot(page, "stop-1280")

    page.get_by_role("button", name="Cancel this stop").click()

    expect(page.locator("#stop-dialog .state")).to_contain_text("Cancelled")
    expect(page.locator(f"#stop-{task.pk}")).to_have_count(0)
    assert Task.objects.get(pk=task.pk).status == Task.Status.CANCELLED
    assert page.complaints == []


def test_couriers_page_and_stop_page_are_accessible(full_day, open_board):
    for name, path in (
        ("couriers", "/dispatch/couriers/"),
        ("stop", f"/dispatch/tasks/{full_day['odile'][0].pk}/"),
    ):
        for width in (1280, 390):
            page = open_board(path, width=width)
            assert axe_faults(page) == []
            assert sticks_out(page) <= 0
            shoot(page, f"{name}-page-{width}")
            assert page.complaints == []
