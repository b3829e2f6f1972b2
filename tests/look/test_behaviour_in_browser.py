"""What the small modules do, in Chromium, under the strict policy."""

import os
from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from accounts import navigation
from tests.look.browser import answer_with, faults, sticks_out, visit

SHOTS = os.environ.get("LOOK_SHOTS")
pytestmark = pytest.mark.django_db


@pytest.fixture
def open_page(chromium, client, alpha):
    """A page of alpha's host, with answers that a test makes up."""
    contexts = []

    def open_it(path, width=1280, scheme="light", **made):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en"
        )
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", answer_with(client, **made))
        visit(page, f"http://{alpha.slug}.localhost{path}")
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def in_frame(alpha, monkeypatch, django_user_model):
    """A text inside the frame of a signed-in person, with seven links in the rail."""
    user = django_user_model(name="Inès Belkacem", email="ines@example.org", is_administrator=True)
    names = {
        "Overview": "house",
        "Dispatch": "kanban",
        "Orders": "file-text",
        "Standing orders": "repeat",
        "Invoices": "receipt-euro",
        "People": "users",
        "Settings": "users",
    }
    links = [
        navigation.Link(name, icon, "/#", name == "Dispatch", 2 if name == "Orders" else None)
        for name, icon in names.items()
    ]
    monkeypatch.setattr(navigation, "links", lambda request: links)

    def render(content):
        request = RequestFactory(headers={"host": f"{alpha.slug}.localhost"}).get("/framed/")
        request.user, request.cooperative = user, alpha
        request.resolver_match = SimpleNamespace(view_name="")
        return render_to_string("look/framed.html", {"inside": content}, request)

    return render


@pytest.fixture(autouse=True)
def _framed_template(tmp_path, settings):
    folder = tmp_path / "look"
    folder.mkdir()
    (folder / "framed.html").write_text(
        '{% extends "shell.html" %}{% block content %}<h1>November so far</h1>{{ inside|safe }}{% endblock %}'
    )
    templates = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]
    settings.TEMPLATES = templates


@pytest.mark.parametrize("width", [360, 768, 1280, 1680])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_frame_is_accessible_and_fits(open_page, in_frame, width, scheme):
    page = open_page("/framed/", width, scheme, framed=in_frame("<p>Twelve deliveries.</p>"))
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/frame-{scheme}-{width}.png")

    assert sticks_out(page) <= 0
    assert faults(page) == []


def test_on_a_phone_the_rest_of_the_links_is_under_more(open_page, in_frame):
    page = open_page("/framed/", 360, framed=in_frame(""))

    assert not page.get_by_role("link", name="Settings").is_visible()
    page.get_by_role("button", name="More").click()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/frame-more.png")

    assert page.get_by_role("link", name="Settings").is_visible()
    assert faults(page) == []


def test_the_person_menu_opens_by_keyboard_and_closes_by_escape(open_page, in_frame):
    page = open_page("/framed/", framed=in_frame(""))
    page.get_by_role("button", name="Your account").focus()
    page.keyboard.press("Enter")
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/frame-person.png")

    assert page.get_by_role("button", name="Dark").is_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Dark").is_visible()


def test_a_dialog_takes_the_focus_and_gives_it_back(open_page):
    page = open_page("/styleguide/")
    opener = page.get_by_role("button", name="Open the dialog")
    opener.click()
    dialog = page.get_by_role("dialog")

    assert dialog.is_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert opener.evaluate("element => element === document.activeElement")


def test_a_stepper_tells_the_form(open_page):
    page = open_page("/styleguide/")
    page.evaluate("document.addEventListener('change', e => { window.heard = e.target.value })")
    page.get_by_role("button", name="More: Tomatoes").click()

    assert page.get_by_role("spinbutton", name="Tomatoes").input_value() == "13"
    assert page.evaluate("window.heard") == "13"


def test_a_menu_is_walked_with_arrows(open_page):
    page = open_page("/styleguide/")
    page.locator("summary", has_text="Assign to").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement.textContent") == "Malik Haddad"
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Malik Haddad").is_visible()


def test_a_refused_rule_is_a_toast_and_leaves_the_page(open_page, in_frame):
    refused = render_to_string("errors/_toast.html", {"message": "Someone else was faster."})
    headers = {"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML", "HX-Reselect": ".toast"}
    page = open_page(
        "/framed/",
        framed=in_frame(
            '<button hx-get="/refused/" hx-target="#here">Assign</button><p id="here">As before</p>'
        ),
        refused=(409, headers, refused),
    )
    page.get_by_role("button", name="Assign").click()
    page.locator("#toasts .toast").wait_for()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/toast.png")

    assert "Someone else was faster." in page.locator("#toasts").inner_text()
    assert page.locator("#here").inner_text() == "As before"
    assert faults(page) == []
    page.locator("#toasts [data-close]").click()
    page.locator("#toasts .toast").wait_for(state="detached")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxy_without_us_behind_it_is_said(open_page, in_frame, status):
    page = open_page(
        "/framed/",
        framed=in_frame(
            '<button hx-get="/gone/" hx-target="#here">Go</button><p id="here">As before</p>'
        ),
        gone=(status, {}, "<html><body>Bad gateway</body></html>"),
    )
    page.get_by_role("button", name="Go").click()
    page.locator("#toasts .toast").wait_for()

    assert "cannot be reached" in page.locator("#toasts").inner_text()
    assert page.locator("#here").inner_text() == "As before"


def test_a_module_that_is_not_in_the_map_never_loads(open_page, in_frame):
    page = open_page(
        "/framed/",
        framed=in_frame('<p data-module="../../elsewhere">Text</p><p data-module="stepper">'),
    )

    assert (
        page.evaluate("import('app/elsewhere').then(() => 'loaded', () => 'refused')") == "refused"
    )


def test_a_part_that_htmx_brings_gets_its_modules(open_page, in_frame):
    stepper = render_to_string(
        "components/stepper.html", {"name": "q", "value": 2, "label": "Leeks"}
    )
    page = open_page(
        "/framed/",
        framed=in_frame('<button hx-get="/part/" hx-target="#here">Show</button><p id="here"></p>'),
        part=stepper,
    )
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="More: Leeks").click()

    assert page.get_by_role("spinbutton", name="Leeks").input_value() == "3"


STREAM = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}


def test_an_event_of_the_stream_becomes_one_of_the_page(open_page, in_frame):
    dot = render_to_string(
        "components/live.html",
        {"topic": "board", "events": "board-changed", "page": {"live_url": ""}},
    )
    page = open_page(
        "/framed/",
        framed=in_frame(
            dot
            + '<p id="part" hx-get="/part/" hx-trigger="live:board-changed from:body">As before</p>'
        ),
        part="As it is now",
        **{
            "live/board": (
                200,
                STREAM,
                'retry: 60000\n\nevent: board-changed\ndata: {"task": 4}\n\n',
            )
        },
    )
    page.get_by_text("As it is now").wait_for()


def test_a_page_without_its_stream_says_so_and_catches_up(open_page, in_frame):
    dot = render_to_string(
        "components/live.html", {"topic": "board", "page": {"live_url": ""}, "events": "x"}
    )
    page = open_page(
        "/framed/",
        framed=in_frame(dot),
        **{"live/board": (200, STREAM, "retry: 300\n: here\n\n")},
    )
    page.evaluate("document.body.addEventListener('live:again', () => { window.caughtUp = true })")
    page.locator(".live", has_text="Offline").wait_for()
    page.wait_for_function("window.caughtUp === true")
