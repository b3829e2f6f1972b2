import errno

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from psycopg.errors import DiskFull, InternalError_, UniqueViolation
from psycopg.pq import DiagnosticField

from coopcycle import errors
from coopcycle.db.levels import SchemaBehindError
from coopcycle.errors import DomainError

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def refuse(request):
    raise DomainError("The task was <done> by Ana. Load the page again.")


def refuse_input(request):
    raise DomainError("Send a JPEG.", status=422)


def lose(request):
    raise Http404


def forbid(request):
    raise PermissionDenied


def break_down(request):
    raise ZeroDivisionError


def home(request):
    return HttpResponse("home")


handler400, handler403, handler404, handler500 = (
    errors.handler400,
    errors.handler403,
    errors.handler404,
    errors.handler500,
)
urlpatterns = [
    path("", home),
    path("refuse/", refuse),
    path("refuse-input/", refuse_input),
    path("lose/", lose),
    path("forbid/", forbid),
    path("break/", break_down),
]
MIDDLEWARE = [
    "coopcycle.middleware.RequestIdMiddleware",
    "coopcycle.errors.DomainErrorMiddleware",
]


@pytest.fixture
def client():
    client = Client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=MIDDLEWARE, ALLOWED_HOSTS=["*"]):
        yield client


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/refuse/", 409),
        ("/refuse-input/", 422),
        ("/lose/", 404),
        ("/forbid/", 403),
        ("/break/", 500),
    ],
)
def test_htmx_gets_a_toast_wherever_it_aimed(client, address, status):
    response = client.get(address, headers=HTMX)

    assert response.status_code == status
    assert response["HX-Retarget"] == "#toasts"
    assert response["HX-Reswap"] == "innerHTML"
    assert response["HX-Reselect"] == ".toast"
    assert b"<html" not in response.content
    assert b'class="toast"' in response.content


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/refuse/", 409),
        ("/refuse-input/", 422),
        ("/lose/", 404),
        ("/forbid/", 403),
        ("/break/", 500),
    ],
)
def test_a_browser_gets_a_page_with_a_way_back(client, address, status):
    response = client.get(address)

    assert response.status_code == status
    assert b"<h1" in response.content
    assert b'href="/"' in response.content
    assert "HX-Retarget" not in response


def test_sentence_is_shown_and_escaped(client):
    page = client.get("/refuse/").content.decode()

    assert "The task was &lt;done&gt; by Ana." in page


def test_way_back_leads_to_our_own_page_only(client):
    own = client.get("/refuse/", headers={"Referer": "http://testserver/orders/"})
    foreign = client.get("/refuse/", headers={"Referer": "https://evil.example/"})

    assert b'href="http://testserver/orders/"' in own.content
    assert b"evil" not in foreign.content


@pytest.mark.parametrize("extra", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}])
def test_a_link_followed_by_htmx_gets_the_page(client, extra):
    response = client.get("/lose/", headers={"HX-Request": "true", **extra})

    assert b"<h1" in response.content


def test_a_failure_says_its_reference_which_is_the_request_s(client):
    response = client.get("/break/")

    page = response.content.decode()
    assert response["X-Request-Id"] in page
    assert "ZeroDivisionError" not in page


def test_a_refusal_shows_the_reference_too(client):
    response = client.get("/refuse/")

    assert response["X-Request-Id"] in response.content.decode()


@pytest.mark.parametrize(
    ("error", "status", "word"),
    [
        (OperationalError("the server closed the connection"), 503, "out of reach"),
        (SchemaBehindError("c_1", [("orders", "0009_new")]), 503, "being updated"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "no room"),
        (OSError(errno.EFBIG, "File too large"), 507, "no room"),
    ],
)
def test_what_is_not_a_mistake_is_told_apart(client, monkeypatch, error, status, word):
    def fail(request):
        raise error

    monkeypatch.setattr(urlpatterns[-1], "callback", fail)

    response = client.get("/break/")

    assert response.status_code == status
    assert word in response.content.decode()
    assert "c_1" not in response.content.decode()
    assert response.get("Retry-After") == ("10" if status == 503 else None)


def test_a_full_disk_of_the_database_is_told(client, monkeypatch):
    def fail(request):
        raise OperationalError("could not extend file") from DiskFull("could not extend file")

    monkeypatch.setattr(urlpatterns[-1], "callback", fail)

    assert client.get("/break/").status_code == 507


@pytest.mark.parametrize("kind", [DiskFull, InternalError_])
def test_a_database_that_crashes_is_out_of_reach_whatever_made_it_crash(client, monkeypatch, kind):
    told = {DiagnosticField.SEVERITY_NONLOCALIZED: b"PANIC"}
    error = kind("could not write to log file", info=told)

    def fail(request):
        raise DatabaseError("could not write to log file") from error

    monkeypatch.setattr(urlpatterns[-1], "callback", fail)

    response = client.get("/break/")

    assert response.status_code == 503
    assert "out of reach" in response.content.decode()


def test_the_slower_of_two_equal_clicks_is_told(client, monkeypatch):
    def fail(request):
        raise IntegrityError("duplicate key") from UniqueViolation("duplicate key")

    monkeypatch.setattr(urlpatterns[-1], "callback", fail)

    response = client.get("/break/")

    assert response.status_code == 409
    assert "was saved a moment ago" in response.content.decode()
