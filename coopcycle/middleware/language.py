"""The language and the time zone in which a page speaks."""

from collections.abc import Callable, Collection
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header


class LanguageAndZoneMiddleware:
    """Speak the person's language, and tell the time of the co-op's town.

    First match wins: the signed-in person's choice, the cookie of the language menu, the
    browser's list, the co-op's own. Only languages that the co-op offers count.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        cooperative = getattr(request, "cooperative", None)
        language = choose_language(request, cooperative)
        zone = cooperative.timezone if cooperative else settings.TIME_ZONE
        with translation.override(language), timezone.override(zone):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language() or language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


def choose_language(request: HttpRequest, cooperative: Any) -> str:
    """The best language for this request among those that the co-op offers."""
    default = cooperative.default_language if cooperative else settings.LANGUAGE_CODE
    known = {code for code, _ in settings.LANGUAGES}
    offered = (known & set(cooperative.languages) if cooperative else known) or {default}
    wishes = [
        getattr(request.user, "language", "") if request.user.is_authenticated else "",
        request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        *(code for code, _ in parse_accept_lang_header(request.headers.get("Accept-Language", ""))),
    ]
    return next((code for wish in wishes if (code := _match(wish, offered))), default)


def _match(wish: str, offered: Collection[str]) -> str | None:
    """`fr-CA` is served by `fr` where there is no closer one."""
    for code in (wish.lower(), wish.lower().partition("-")[0]):
        if code in offered:
            return code
    return None
