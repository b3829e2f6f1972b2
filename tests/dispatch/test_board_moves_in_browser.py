"""Stops move on the board: by drag, menu and keys, and what a refusal looks like."""

import pytest
from playwright.sync_api import expect

from dispatch import services
from dispatch.models import Task, UsualTour
from tests.dispatch.board_at_work import (
    at_hour,
    axe_faults,
    names_in,
    shoot,
    stop,
)

pytestmark = pytest.mark.django_db


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


def test_a_usual_tour_goes_to_somebody_in_one_act(full_day, open_board, ana):
    pickup, dropoff = full_day["notary"]
    tour = UsualTour.objects.create(name="Morning, centre")
    services.put_on_usual_tour([pickup.delivery_id], tour_id=tour.pk)
    page = open_board()
    shoot(page, "tour-1280")
    page.get_by_role("button", name="Assign to… Morning, centre").click()
    expect(page.locator("#assign-dialog")).to_be_visible()
    page.locator(f"[data-assign-to='{ana.pk}']").click()

    expect(page.locator(f"#list-{ana.pk} #stop-{dropoff.pk}")).to_be_visible()
    expect(page.locator(".toast").first).to_contain_text("2 stops go to Ana.")
    expect(page.locator("[data-assign-tour]")).to_have_count(0)
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
