"""The page of a business's calendars, and the calendars themselves."""

import hashlib
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Business
from accounts.requests import PersonRequest
from coopcycle.addresses import host_of, whole_address
from coopcycle.idempotency import read_action_id
from orders.permissions import buyers_for, get_buyer_for
from recurring.feeds import selectors, services
from recurring.feeds.agenda import agenda
from recurring.feeds.forms import FeedForm
from recurring.feeds.models import CalendarFeed
from recurring.feeds.writing import write_calendar
from recurring.permissions import get_feed_for
from tenants.models import Cooperative


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """The dates behind a secret address, in the business's language; else a plain 404."""
    feed = selectors.find_feed(secret)
    if feed is None:
        return _private(HttpResponse("Not found\n", status=404, content_type="text/plain"))
    now = timezone.now()
    services.note_reading(feed, at=now)
    cooperative: Cooperative = request.cooperative  # type: ignore[attr-defined]
    language = _language(feed.business, cooperative)
    with translation.override(language):
        body = write_calendar(
            f"{feed.business.name} · {cooperative.name}",
            agenda(feed, cooperative=cooperative, at=now),
            zone=cooperative.zone,
            days=selectors.days_covered(now, cooperative.zone),
            language=language,
        )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response["Content-Language"] = language
    _private(response)
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    return _private(cast("HttpResponse", answer))


@require_safe
def home(request: PersonRequest) -> HttpResponse:
    """To the calendars of the person's own business."""
    own = buyers_for(request.user).filter(memberships__user=request.user).first()
    if own is None:
        return redirect("accounts:business-list")
    return redirect("feeds:feed-list", own.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def feed_list(request: PersonRequest, business_id: int) -> HttpResponse:
    """The open addresses of a business, and a new one."""
    business = get_buyer_for(request.user, business_id)
    form = FeedForm(request.POST or None, business=business)
    if request.method != "POST":
        return _draw(request, business, form)
    if not form.is_valid():
        return _draw(request, business, form, status=422)
    feed, secret = services.open_feed(
        business=business,
        content=form.chosen_content,
        name=form.cleaned_data["name"],
        actor=request.user,
        at=timezone.now(),
        action_id=read_action_id(request),
    )
    if not secret:
        messages.info(
            request, _("This address was made already and is shown only once. Renew it if need be.")
        )
        return redirect("feeds:feed-list", business.pk)
    return _draw(request, business, FeedForm(business=business), feed=feed, secret=secret)


@require_POST
def feed_renew(request: PersonRequest, business_id: int, feed_id: int) -> HttpResponse:
    """Another address for the same device."""
    business = get_buyer_for(request.user, business_id)
    known = get_feed_for(request.user, business.pk, feed_id)
    feed, secret = services.renew_feed(feed_id=known.pk, actor=request.user, at=timezone.now())
    return _draw(request, business, FeedForm(business=business), feed=feed, secret=secret)


@require_POST
def feed_revoke(request: PersonRequest, business_id: int, feed_id: int) -> HttpResponse:
    """Close an address for ever."""
    business = get_buyer_for(request.user, business_id)
    known = get_feed_for(request.user, business.pk, feed_id)
    services.revoke_feed(feed_id=known.pk, at=timezone.now())
    messages.success(
        request, _("Closed. Nobody can read “%(name)s” any more.") % {"name": known.name}
    )
    return redirect("feeds:feed-list", business.pk)


def _draw(
    request: PersonRequest,
    business: Business,
    form: FeedForm,
    *,
    feed: CalendarFeed | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    address = ""
    if secret:
        address = whole_address(host_of(request), reverse("feeds:calendar", args=[secret]))
    context = {
        "business": business,
        "own": buyers_for(request.user).filter(memberships__user=request.user),
        "form": form,
        "feeds": selectors.feeds_of(business),
        "made": feed,
        "address": address,
        "subscription": address.replace("https:", "webcal:", 1).replace("http:", "webcal:", 1),
    }
    return render(request, "recurring/feeds/feed_list.html", context, status=status)


def _private(response: HttpResponse) -> HttpResponse:
    """For this program alone; no search engine and no other site hears of the address."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _language(business: Business, cooperative: Cooperative) -> str:
    known = dict(settings.LANGUAGES)
    wishes = (business.language, cooperative.default_language)
    return next((code for code in wishes if code in known), settings.LANGUAGE_CODE)
