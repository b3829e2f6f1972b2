"""A standing order's life, by hand: made by keyboard, changed, moved by a holiday, paused; and what
the producer and the office see after each."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from recurring.holidays import is_public_holiday
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.servers


def test_the_life_of_a_standing_order(visitors, town, generate_ahead):
    generate_ahead(14)
    odile = visitors.open_for(town.odile)
    farmer = visitors.open_for(town.farmer)
    ines = visitors.open_for(town.ines)
    first = free_day(town)
    second, third, fourth = (first + timedelta(weeks=weeks) for weeks in (1, 2, 3))

    make_by_keyboard(odile, first)
    farmer_sees(farmer, first, "12 kg")
    office_sees(ines, f"1 delivery a week, on {first:%A}")
    office_sees_date(ines, first, "Generated")
    board_shows(ines, first, "Chez Odile")

    change_one_date(odile, second)
    farmer_sees(farmer, second, "3 kg")
    farmer_sees(farmer, third, "12 kg")
    office_sees_date(ines, second, "3 kg instead of 12 kg")
    board_shows(ines, second, "Chez Odile")

    change_this_and_following(odile, fourth)
    farmer_sees(farmer, third, "12 kg")
    farmer_sees(farmer, fourth, "15 kg")
    office_sees_date(ines, fourth, "Planned")

    move_by_a_holiday(ines, odile, third)
    farmer_sees(farmer, third - timedelta(days=1), "12 kg")
    farmer_sees_nothing_on(farmer, third)
    office_sees_date(ines, third - timedelta(days=1), "Town fair")

    pause(visitors.open_for(town.odile, PHONE), fourth)
    farmer_sees_nothing_on(farmer, fourth)
    office_sees_date(ines, fourth, "Paused")
    assert not visitors.findings, "\n".join(visitors.findings)


def free_day(town):
    """The first day whose next six weeks have no holiday on it, nor on the day before."""
    days = (town.day.date() + timedelta(days=more) for more in range(7))
    return next(day for day in days if 1 < day.isoweekday() < 6 and not meets_a_holiday(day))


def meets_a_holiday(first):
    dates = (first + timedelta(weeks=weeks, days=-less) for weeks in range(6) for less in (0, 1))
    return any(is_public_holiday("FR", None, day) for day in dates)


def written(day):
    return f"{day:%a} {day.day} {day:%b}"


def make_by_keyboard(odile, first):
    """Not once is the pointer used."""
    page = odile.page
    odile.go(reverse("recurring:rule-create"))
    tab_to(page, page.get_by_role("checkbox", name=f"{first:%A}"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Not before", exact=True))
    page.keyboard.type("0630AM")
    tab_to(page, page.get_by_label("Not later than", exact=True))
    page.keyboard.type("0800AM")
    page.get_by_label("First date", exact=True).fill(f"{first:%Y-%m-%d}")
    tab_to(page, page.get_by_label("On public holidays"))
    page.keyboard.press("ArrowDown")  # deliver the working day before
    tab_to(page, page.get_by_role("spinbutton", name="Tomatoes"))
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    expect(page.locator("#plain")).to_contain_text(f"1 delivery a week, on {first:%A}")
    expect(page.locator("#price")).to_contain_text("€")
    tab_to(page, page.get_by_role("textbox", name="Name"))
    page.keyboard.type("Sauce")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sauce")).to_be_visible()
    expect(date_of(page, first)).to_contain_text("Generated")
    odile.look("made-by-keyboard")


def tab_to(page, target):
    """Walk there as a person without a pointer does."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The keyboard never reaches {target}")


def date_of(page, day):
    return page.locator(".calendar__day").filter(has_text=re.compile(f"^{written(day)}"))


def change_one_date(odile, day):
    page = odile.page
    date_of(page, day).click()
    panel = page.get_by_role("region", name=re.compile(f"{day:%A} {day.day} {day:%B}"))
    panel.get_by_text("Change", exact=True).click()
    panel.get_by_role("spinbutton", name="Tomatoes").fill("3")
    odile.look("one-date")
    panel.get_by_role("button", name="Change only this date").click()
    expect(date_of(page, day)).to_contain_text("3 kg instead of 12 kg")
    odile.look("one-date-changed")


def change_this_and_following(odile, day):
    page = odile.page
    date_of(page, day).click()
    page.get_by_role("region", name=re.compile(f"{day:%A} {day.day}")).wait_for()
    page.locator("#goods").get_by_role("spinbutton", name="Tomatoes").fill("15")
    page.get_by_role("button", name="Save").click()
    question = page.get_by_role("dialog", name="For which dates?")
    expect(question).to_contain_text("Tomatoes: 12 kg → 15 kg")
    expect(question.get_by_role("radio", name=re.compile("all that follow"))).to_be_checked()
    odile.look("which-dates")
    question.get_by_role("button", name=re.compile(r"Apply to \d+ dates")).click()
    expect(page.get_by_text(re.compile(r"Saved for \d+ dates"))).to_be_visible()


def move_by_a_holiday(ines, odile, day):
    ines.go(reverse("recurring:holiday-list"))
    ines.page.get_by_label("Day", exact=True).fill(f"{day:%Y-%m-%d}")
    ines.page.get_by_label("Name of the day").fill("Town fair")
    ines.page.get_by_role("button", name="Show what that does").click()
    ines.look("holiday-asked")
    ines.page.get_by_role("button", name="Add this day").click()
    expect(ines.page.get_by_text("Town fair").first).to_be_visible()
    ines.look("holiday-added")
    odile.page.reload()
    moved = odile.page.locator(".calendar__day").filter(has_text="Town fair")
    expect(moved).to_contain_text(written(day - timedelta(days=1)))


def pause(phone, day):
    page = phone.page
    phone.go(reverse("recurring:rule-list"))
    phone.look("list-on-a-phone")
    page.get_by_text("Sauce").click()
    page.get_by_role("link", name="Pause").click()
    question = page.get_by_role("dialog", name="Pause this standing order")
    question.get_by_label("From", exact=True).fill(f"{day:%Y-%m-%d}")
    question.get_by_label("Until and including").fill(f"{day:%Y-%m-%d}")
    question.get_by_role("button", name="Show what that does").click()
    act = page.get_by_role("dialog", name="Pause this standing order")
    phone.look("pause-asked")
    act.get_by_role("button", name="Pause 1 date").click()
    expect(date_of(page, day)).to_contain_text("Paused")
    phone.look("paused-on-a-phone")


def farmer_sees(farmer, day, amount):
    farmer.go(reverse("recurring:producer-weeks"))
    expect(rows_of(farmer, day)).to_contain_text(amount)
    farmer.look("coming-weeks")


def farmer_sees_nothing_on(farmer, day):
    farmer.go(reverse("recurring:producer-weeks"))
    expect(rows_of(farmer, day)).to_have_count(0)


def rows_of(farmer, day):
    return farmer.page.locator("tbody").filter(has_text=f"{day:%A} {day.day} {day:%B}")


def office_sees(ines, sentence):
    ines.go(reverse("recurring:rule-list"))
    expect(ines.page.get_by_text(sentence)).to_be_visible()
    ines.look("all-standing-orders")


def office_sees_date(ines, day, words):
    """As it stands on the standing order's own page."""
    ines.go(reverse("recurring:rule-list"))
    ines.page.get_by_role("link", name=re.compile("Sauce")).click()
    expect(date_of(ines.page, day)).to_contain_text(words)
    ines.look("standing-order")


def board_shows(ines, day, place):
    """Its pick-up and its drop-off wait for somebody."""
    ines.go(f"{reverse('board:day')}?day={day:%Y-%m-%d}")
    stops = ines.page.get_by_role("listbox", name="Unassigned").get_by_role("option")
    expect(stops).to_have_count(2)
    expect(stops.filter(has_text=place)).to_have_count(1)
    ines.look("board")
