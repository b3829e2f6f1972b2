"""Pages that belong to no app: a co-op's colour, choices of language and theme, the style guide."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from coopcycle.colours import fingerprint
from coopcycle.context_processors import THEME_COOKIE, THEMES, Page
from coopcycle.styleguide import example

A_YEAR = 365 * 24 * 3600
SECURITY_CONTACT_LASTS = timedelta(days=180)


@require_safe
def coop_stylesheet(request: HttpRequest) -> HttpResponse:
    """The co-op's colour; on the federation's host, the colours of all co-ops."""
    sheet = Page(request).own_sheet
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8")
    is_current = request.GET.get("v") == fingerprint(sheet)
    response["Cache-Control"] = f"public, max-age={A_YEAR}, immutable" if is_current else "no-cache"
    return response


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep a choice of language or theme, and go back to where it was made."""
    back = request.POST.get("next", "/")
    own = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    response = HttpResponseRedirect(back if own else "/")
    if (language := request.POST.get("language")) in dict(settings.LANGUAGES):
        _keep(response, settings.LANGUAGE_COOKIE_NAME, language or "")
        if request.user.is_authenticated:
            request.user.language = language
            request.user.save(update_fields=["language"])
    if (theme := request.POST.get("theme")) is not None:
        if theme in THEMES:
            _keep(response, THEME_COOKIE, theme)
        else:
            response.delete_cookie(THEME_COOKIE)
    return response


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )


@require_safe
def security_contact(request: HttpRequest) -> HttpResponse:
    """Whom to tell of a weakness (RFC 9116), where this installation names somebody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (timezone.now() + SECURITY_CONTACT_LASTS).replace(microsecond=0)
    own = request.build_absolute_uri(request.path)
    lines = [
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {expires.isoformat().replace('+00:00', 'Z')}",
        f"Preferred-Languages: {', '.join(code for code, _ in settings.LANGUAGES)}",
        f"Canonical: {own}",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(private=True, no_cache=True)
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, once."""
    return render(request, "styleguide.html", example())
