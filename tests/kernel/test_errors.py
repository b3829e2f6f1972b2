import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from coopcycle import errors
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
MIDDLEWARE = ["coopcycle.errors.DomainErrorMiddleware"]


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


def test_a_failure_says_its_reference_and_logs_it(client, caplog):
    page = client.get("/break/").content.decode()

    [reference] = [r.args[0] for r in caplog.records if r.name == "coopcycle.errors"]
    assert reference in page
    assert "ZeroDivisionError" not in page
