"""The board as it is read in Chromium: its views, filters, problems, and the line that is lost."""

import pytest
from playwright.sync_api import expect

from dispatch import services
from dispatch.models import Incident, Task, UsualTour
from tests.dispatch.board_at_work import (
    at_hour,
    axe_faults,
    shoot,
    stop,
)
from tests.look.browser import answer_with, sticks_out

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("width", [360, 1280])
def test_a_usual_tour_is_given_away_without_script(
    full_day, chromium, client_for, ines, alpha, ana, width
):
    tour = UsualTour.objects.create(name="Morning, centre")
    delivery = full_day["notary"][0].delivery_id
    services.put_on_usual_tour([delivery], tour_id=tour.pk)
    context = chromium.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.route("**/*", answer_with(client_for(ines)))
    page.goto(f"http://{alpha.slug}.localhost/dispatch/")
    shoot(page, f"tour-without-script-{width}")
    page.get_by_label("Who rides Morning, centre").select_option("Ana Ferreira")
    page.get_by_role("button", name="Assign to… Morning, centre").click()
    expect(page.locator(".bundle")).to_have_count(0)
    assert set(Task.objects.filter(delivery=delivery).values_list("tour__courier", flat=True)) == {
        ana.pk
    }
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
