"""The page behind a recipient's link: no sign-in, no trace, no more than they need."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dispatch.tracking.selectors import find_delivery, progress_of


@require_safe
@never_cache
def delivery(request: HttpRequest, token: str) -> HttpResponse:
    """Stages and window of one delivery, in its recipient's language."""
    if getattr(request, "cooperative", None) is None:
        raise Http404
    found = find_delivery(token, today=timezone.localdate())
    progress = progress_of(found) if found else None
    if found is None or progress is None:
        raise Http404
    language = found.recipient_language
    if language not in dict(settings.LANGUAGES):
        language = translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        response = render(request, "tracking/delivery.html", {"progress": progress})
    response["Content-Language"] = language
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
