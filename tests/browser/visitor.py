"""People at their browsers, who look at each page with axe's eyes and keep its complaints."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from accounts.models import User
from tests.factories import PASSWORD
from tests.look.browser import faults, sticks_out, visit
from tests.sign_in import code_for

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
SHOTS = os.environ.get("BROWSER_SHOTS")  # a directory: keep pictures to look at


class Visitor:
    """One person's browser: `page` is Playwright's. What looks wrong is added to `findings`."""

    def __init__(self, page: Any, origin: str, name: str, findings: list[str]) -> None:
        self.page, self.origin, self.name, self.findings = page, origin, name, findings
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._find(str(error)))

    def _hear(self, message: Any) -> None:
        if message.type == "error":
            self._find(f"{message.text} ({message.location.get('url')})")

    def _find(self, what: str) -> None:
        self.findings.append(f"{self.name} at {self.path()}: {what}")

    def go(self, path: str) -> None:
        visit(self.page, f"{self.origin}{path}")

    def path(self) -> str:
        """Of the page that is open."""
        return urlsplit(self.page.url).path

    def sign_in(self, user: User) -> None:
        self.go("/sign-in/")
        self.look("sign-in")
        self.page.get_by_label("E-mail address").fill(user.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        if user.has_second_factor:
            self.give_code(user)
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def give_code(self, user: User) -> None:
        """The code of their app, or the one after it: each opens once."""
        field = self.page.get_by_role("textbox", name="Code from your app")
        field.fill(code_for(user))
        self.look("second-step")
        self.page.get_by_role("button", name="Come in").click()
        self.page.wait_for_load_state()
        if field.is_visible():
            field.fill(code_for(user, later=1))
            self.page.get_by_role("button", name="Come in").click()

    def look(self, what: str) -> None:
        """Nothing for axe to find, nothing on the console, nothing outside the window."""
        if SHOTS:
            picture = Path(SHOTS) / f"{self.name}-{what}.png"
            self.page.screenshot(path=str(picture), full_page=True)
        for fault in faults(self.page):
            self._find(fault)
        if (pixels := sticks_out(self.page)) > 0:
            self._find(f"{pixels} pixels wider than the window")


class Visitors:
    """Browsers that share nothing but the address."""

    def __init__(self, browser: Any, origin: str) -> None:
        self.browser, self.origin = browser, origin
        self.findings: list[str] = []

    def open(self, name: str, size: dict[str, int] = DESK) -> Visitor:
        touch = size is PHONE
        context = self.browser.new_context(
            viewport=size, locale="en", has_touch=touch, is_mobile=touch
        )
        context.set_default_timeout(15_000)
        return Visitor(context.new_page(), self.origin, name, self.findings)

    def open_for(self, user: User, size: dict[str, int] = DESK) -> Visitor:
        """A browser in which this person has signed in."""
        visitor = self.open(user.name.split()[0].lower(), size)
        visitor.sign_in(user)
        return visitor
