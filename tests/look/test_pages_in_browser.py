"""The look's own pages in Chromium: nothing that axe objects to, nothing outside the window."""

import os

import pytest

from tests.look.browser import answer_with, faults, sticks_out

SHOTS = os.environ.get("LOOK_SHOTS")  # a directory: keep pictures to look at
WIDTHS = (360, 768, 1280, 1680)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[("light", "en"), ("dark", "fr")], ids="-".join)
def dress(request):
    """A theme and a language."""
    return request.param


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("federation", "/"),
        ("alpha", "/styleguide/"),
        ("federation", "/styleguide/"),
        ("alpha", "/sign-in/"),
        ("alpha", "/nowhere/"),
    ],
)
def test_page_is_accessible_and_fits(chromium, client, federation_client, dress, host, path, alpha):
    browser, name = (
        (federation_client, "localhost")
        if host == "federation"
        else (client, f"{alpha.slug}.localhost")
    )
    scheme, language = dress
    context = chromium.new_context(color_scheme=scheme, locale=language)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("**/*", answer_with(browser))
    try:
        page.goto(f"http://{name}{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert sticks_out(page) <= 0, f"wider than {width} px"
            if SHOTS and width in (360, 1280):
                page.screenshot(
                    path=f"{SHOTS}/{host}{path.replace('/', '-')}{language}-{scheme}-{width}.png",
                    full_page=True,
                )
        assert faults(page) == []
        page.set_viewport_size({"width": 360, "height": 800})
        assert faults(page) == []
    finally:
        context.close()
    assert [text for text in complaints if "/live/" not in text and "404" not in text] == []


def test_axe_sees_what_is_wrong(chromium):
    context = chromium.new_context()
    page = context.new_page()
    page.set_content(
        "<html lang=en><title>t</title><main><h1>t</h1><img src='x.png'></main></html>"
    )
    assert [line.partition(":")[0] for line in faults(page)] == ["image-alt"]
    context.close()
