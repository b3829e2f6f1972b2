"""A real browser on pages that Django answers in the same process: no server, no port."""

import contextvars
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import FileResponse
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from coopcycle.runtime.system_packages import find_chromium

AXE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
# Without preloading: it copies imported sheets into styles of its own, which the policy blocks.
# All rules run; what passes is not described node by node, which takes longer than the rules.
AXE_OPTIONS = "{ preload: false, resultTypes: ['violations'] }"
PATIENCE = 120  # seconds
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


@contextmanager
def running_chromium() -> Iterator[Any]:
    """The browser, patient: on a busy machine a page may take longer than Playwright's half minute."""
    program = find_chromium()
    if program is None:
        pytest.fail("Chromium is missing: `make test` installs it or names its package")
    expect.set_options(timeout=PATIENCE * 1000 / 4)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name in ("new_context", "new_page"):
            setattr(browser, name, _patient(getattr(browser, name)))
        yield browser
        browser.close()


def _patient(opens: Callable[..., Any]) -> Callable[..., Any]:
    def opened(**options: Any) -> Any:
        made = opens(**options)
        made.set_default_timeout(PATIENCE * 1000)
        return made

    return opened


def visit(page: Any, url: str) -> None:
    """Open a page and wait until its modules listen, as a person does before the first click."""
    page.goto(url)
    page.wait_for_selector('html[data-modules="started"]', state="attached")


def answer_with(client: Client, **made: Any) -> Callable[[Any], None]:
    """A Playwright route that hands each request to the client, headers and policy included.

    `made` are answers that a test makes up, by path without slashes: a text, or (status, headers, text).
    The stream of live changes, which is another server's, stays silent.
    """

    here = (
        contextvars.copy_context()
    )  # Playwright calls back in another one, without the test's connection

    def handle(route: Any) -> None:
        here.copy().run(answer, route)

    def answer(route: Any) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            found = finders.find(url.path.removeprefix("/static/"))
            if not found:
                route.fulfill(status=404)
                return
            file = Path(str(found))
            route.fulfill(
                body=file.read_bytes(),
                content_type=TYPES.get(file.suffix, "application/octet-stream"),
            )
            return
        if url.path.strip("/") in made:
            given = made[url.path.strip("/")]
            status, extra, text = given if isinstance(given, tuple) else (200, {}, given)
            route.fulfill(
                status=status,
                headers={"Content-Type": "text/html; charset=utf-8", **extra},
                body=text,
            )
            return
        if url.path.startswith("/live/"):
            route.fulfill(status=503)
            return
        request, address = route.request, url.path + (f"?{url.query}" if url.query else "")
        passed = {"accept", "accept-language", "user-agent"}
        if request.method == "GET":
            passed.add("cookie")
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in passed or name.startswith("hx-")
        }
        response = client.generic(
            request.method,
            address,
            request.post_data_buffer or b"",
            content_type=request.headers.get("content-type", ""),
            headers=headers,
        )
        is_file = isinstance(response, FileResponse)
        body = b"".join(response.streaming_content) if is_file else response.content
        route.fulfill(status=response.status_code, headers=dict(response.items()), body=body)

    return handle


def faults(page: Any) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and best practice, as short lines."""
    page.evaluate(AXE.read_text())
    violations = page.evaluate(f"axe.run({AXE_OPTIONS}).then(found => found.violations)")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def sticks_out(page: Any) -> int:
    """By how many pixels the page is wider than the window."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
