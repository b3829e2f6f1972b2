"""What base.html needs to know on every page, worked out only when a template asks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_info, gettext

from coopcycle import colours, live

THEMES = ("light", "dark")
THEME_COOKIE = "theme"
SHOWS_COOPERATIVES = {"tenants:federation-home", "tenants:cooperative-list", "coop-stylesheet"}


class Page:
    """The frame around a page: whose site, which language and theme, who is signed in, where to go."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.cooperative: Any = getattr(request, "cooperative", None)
        match = request.resolver_match
        self.shows_cooperatives = bool(match and match.view_name in SHOWS_COOPERATIVES)

    @property
    def site_name(self) -> str:
        return self.cooperative.name if self.cooperative else gettext("CoopCycle")

    @property
    def site_place(self) -> str:
        return getattr(self.cooperative, "city", "") if self.cooperative else ""

    @property
    def language(self) -> str:
        return get_language() or settings.LANGUAGE_CODE

    @property
    def language_name(self) -> str:
        return str(get_language_info(self.language)["name_local"]).capitalize()

    @property
    def languages(self) -> list[dict[str, Any]]:
        known = [code for code, _ in settings.LANGUAGES]
        offered = set(self.cooperative.languages if self.cooperative else known)
        return [
            {
                "code": code,
                "name": str(get_language_info(code)["name_local"]).capitalize(),
                "is_current": code == self.language,
            }
            for code in known
            if code in offered
        ]

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def path(self) -> str:
        """Where to come back to after a choice of language or theme."""
        return self.request.get_full_path() if self.request.method == "GET" else "/"

    @property
    def is_part(self) -> bool:
        """htmx takes a part of this page and drops the rest: messages wait for a whole page."""
        return self.request.headers.get("HX-Request-Type") == "partial"

    @property
    def live_url(self) -> str:
        """Where the page listens for changes; empty: at its own origin."""
        return live.address(self.request.get_host().partition(":")[0])

    @cached_property
    def own_sheet(self) -> str:
        """The co-op's colour as a style sheet; on the federation's host those of its co-ops."""
        if self.cooperative:
            return colours.sheet_for(self.cooperative.colour)
        if not self.shows_cooperatives:
            return ""
        from tenants.models import Cooperative

        listed = Cooperative.objects.filter(is_active=True).values_list("slug", "colour")
        return colours.sheet_for_list(dict(listed))

    @property
    def colour_sheet(self) -> str:
        """Its address, which changes with the colour, so that a browser may keep it for ever."""
        return colours.sheet_url(self.own_sheet) if self.own_sheet else ""

    @property
    def person(self) -> dict[str, str] | None:
        """Name, role in a word, and the address of the account page."""
        user = self.request.user
        if not user.is_authenticated:
            return None
        url = reverse("accounts:me") if self.cooperative else ""
        return {"name": user.name, "role": _role(user), "url": url}

    @cached_property
    def only_looks(self) -> bool:
        """Whether this person may look at this page and do nothing on it; own pages are not so."""
        from accounts.access import only_looks

        match = self.request.resolver_match
        return bool(match and self.cooperative and only_looks(self.request.user, match.view_name))

    @cached_property
    def nav(self) -> list[Any]:
        """Links with label, url, icon, is_current and count."""
        from accounts.navigation import links

        return links(self.request)


def _role(user: Any) -> str:
    """What this person is here, in one word; a member is named by the business."""
    if user.is_administrator:
        return gettext("Administrator")
    if user.is_dispatcher:
        return gettext("Dispatcher")
    if user.is_courier:
        return gettext("Courier")
    if user.is_accountant:
        return gettext("Accountant")
    if user.is_reader:
        return gettext("Reader")
    return str(user.seats[0].business) if user.seats else ""


def page(request: HttpRequest) -> dict[str, Page]:
    return {"page": Page(request)}
