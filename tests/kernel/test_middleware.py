import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import get_language

from accounts.models import User
from coopcycle.middleware import LanguageAndZoneMiddleware, PartialCachingMiddleware
from tenants.models import Cooperative

BRUXELLES = Cooperative(
    default_language="fr", languages=["fr", "en", "nl"], timezone="Europe/Brussels"
)
FRENCH_ONLY = Cooperative(default_language="fr", languages=["fr"], timezone="Indian/Reunion")


def speak(cooperative=BRUXELLES, person=None, cookie=None, accept=""):
    """Language, zone and answer of a request."""
    request = RequestFactory().get("/", headers={"Accept-Language": accept})
    request.cooperative, request.user = cooperative, person or AnonymousUser()
    if cookie is not None:
        request.COOKIES["language"] = cookie
    seen = []

    def view(_):
        seen.extend([get_language(), timezone.get_current_timezone_name()])
        return HttpResponse()

    return LanguageAndZoneMiddleware(view)(request), seen


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ({}, "fr"),
        ({"accept": "en-GB,en;q=0.9"}, "en"),
        ({"accept": "de,en;q=0.5"}, "en"),
        ({"accept": "de"}, "fr"),
        ({"accept": "*"}, "fr"),
        ({"accept": "fr", "cookie": "en"}, "en"),
        ({"cookie": "../../etc"}, "fr"),
        ({"cookie": "nl"}, "fr"),  # offered by the co-op, not yet by the platform
        ({"accept": "fr", "cookie": "fr", "person": User(language="en")}, "en"),
        ({"cookie": "en", "person": User(language="")}, "en"),
        ({"cookie": "en", "cooperative": FRENCH_ONLY}, "fr"),
        ({"person": User(language="en"), "cooperative": FRENCH_ONLY}, "fr"),
        ({"cooperative": None}, "en"),
        ({"cooperative": None, "accept": "fr-CA"}, "fr"),
    ],
)
def test_the_first_wish_that_the_coop_offers_wins(wishes, language):
    response, seen = speak(**wishes)

    assert seen[0] == language
    assert response["Content-Language"] == language


def test_it_tells_the_time_of_the_coops_town():
    assert speak()[-1][1] == "Europe/Brussels"
    assert speak(cooperative=None)[-1][1] == "UTC"


def test_language_and_zone_end_with_the_request():
    before = get_language(), timezone.get_current_timezone_name()

    speak(FRENCH_ONLY)

    assert (get_language(), timezone.get_current_timezone_name()) == before


def answer(person=None, headers=None, **set_by_view):
    request = RequestFactory().get("/", headers=headers or {})
    request.user = person or AnonymousUser()
    response = HttpResponse(headers=set_by_view.get("response_headers", {}))
    return PartialCachingMiddleware(lambda _: response)(request)


@pytest.mark.parametrize(
    ("wish", "kept"),
    [
        ({}, "private, no-cache"),
        ({"person": User()}, "private, no-store"),
        ({"headers": {"HX-Request": "true"}}, "private, no-store"),
        ({"person": User(), "response_headers": {"Cache-Control": "max-age=60"}}, "max-age=60"),
    ],
)
def test_what_may_be_kept(wish, kept):
    response = answer(**wish)

    assert response["Cache-Control"] == kept
    assert response["Vary"] == "HX-Request"
