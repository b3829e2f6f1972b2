"""Log lines say for whom something was done, and hold neither secrets nor people's addresses."""

import json
import logging
import sys

import pytest
from django.urls import URLPattern, get_resolver

from coopcycle.current import working_for
from coopcycle.logs import JsonFormatter, LineFormatter, conceal
from tenants.context import in_cooperative

# Texts in addresses that say which, and open nothing.
OPEN_TEXTS = {"original", "scope", "slug"}
SECRET = "Ab3-xyz_0123456789abcdefghij"


def record(message, *args, **extra):
    made = logging.LogRecord("coopcycle.test", logging.WARNING, "", 0, message, args, None)
    made.__dict__.update(extra)
    return made


@pytest.mark.django_db
def test_13_a_json_line_says_for_whom(alpha):
    with in_cooperative(alpha), working_for("abc123", 7):
        line = json.loads(JsonFormatter().format(record("Told %s", "Ana", facts={"status": 200})))

    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "coopcycle.test",
        "message": "Told Ana",
        "cooperative": alpha.schema_name,
        "request": "abc123",
        "person": 7,
        "status": 200,
    }


@pytest.mark.django_db
def test_a_readable_line_says_for_whom(alpha):
    with in_cooperative(alpha), working_for("abc123", 7):
        line = LineFormatter().format(record("Told"))

    assert line == (
        f"WARNING coopcycle.test Told [cooperative={alpha.schema_name} request=abc123 person=7]"
    )


def test_extras_that_hold_whole_requests_are_not_written():
    line = JsonFormatter().format(record("x", request="<WSGIRequest: POST 'secret'>", status=500))

    assert "WSGIRequest" not in line


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (f"GET /track/{SECRET}/", "GET /track/…/"),
        (f"GET /calendars/{SECRET}.ics", "GET /calendars/….ics"),
        (
            f"Internal Server Error: /invitations/{SECRET}/",
            "Internal Server Error: /invitations/…/",
        ),
        (
            f"https://a.example/sign-in/password/reset/key/1-{SECRET}/?x=1",
            "https://a.example/sign-in/password/reset/key/…/?x=1",
        ),
        ("/businesses/12/calendars/3/renew/", "/businesses/12/calendars/3/renew/"),
        ("mail order-1-ana@example.org", "mail …@…"),
        ("to postgresql://owner:hush@db:5432/x", "to postgresql://…@db:5432/x"),
        ("no login at redis://:hush@valkey:6379/0", "no login at redis://…@valkey:6379/0"),
        ("token=abcd and on", "token=… and on"),
        ("DETAIL: Key (email)=(Ana Lopez) already exists.", "DETAIL: …"),
    ],
)
def test_what_opens_something_or_belongs_to_people_is_not_written(said, written):
    assert conceal(said) == written


def test_a_traceback_is_concealed_too():
    try:
        raise ValueError(f"/track/{SECRET}/")
    except ValueError:
        failed = logging.LogRecord("x", logging.ERROR, "", 0, "broke", (), sys.exc_info())

    for formatter in (JsonFormatter(), LineFormatter()):
        text = formatter.format(failed)
        assert "/track/…/" in text
        assert SECRET not in text


@pytest.mark.parametrize("conf", ["coopcycle.urls", "coopcycle.urls_federation"])
def test_each_address_with_a_secret_is_known(conf):
    """A new address with a text in it is concealed, or said to open nothing."""
    known = 0
    for path, pattern in _addresses(get_resolver(conf)):
        texts = {
            name
            for name, converter in _converters(pattern).items()
            if "int" not in converter and name not in OPEN_TEXTS
        }
        if texts:
            known += 1
            shown = path
            assert SECRET not in conceal(shown), f"{path} is written to the log with its {texts}"
    assert known >= 1


def _addresses(resolver, before="/"):
    for each in resolver.url_patterns:
        path = before + _filled(str(each.pattern))
        if isinstance(each, URLPattern):
            yield path, each.pattern
        else:
            yield from _addresses(each, path)


def _filled(route):
    """The route with the secret in place of each part that changes."""
    import re

    route = re.sub(r"\(\?P<\w+>[^)]*\)", SECRET, route)
    return re.sub(r"<[^>]+>", SECRET, route).strip("^$")


def _converters(pattern):
    if named := getattr(pattern, "converters", None):
        return {name: type(converter).__name__.lower() for name, converter in named.items()}
    regex = getattr(pattern, "regex", None)
    return dict.fromkeys(regex.groupindex, "text") if regex else {}


@pytest.mark.django_db
def test_without_a_proxy_of_ours_an_id_given_does_not_count(client, settings):
    settings.PROXIES = 0

    response = client.get("/healthz", headers={"X-Request-Id": "chosen-by-a-stranger"})

    assert response["X-Request-Id"] != "chosen-by-a-stranger"
    assert len(response["X-Request-Id"]) == 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "is_kept"), [("8f3c0d1e-0000-4000-8000-1234567890ab", True), ("x\ny", False)]
)
def test_the_proxy_s_id_is_kept_where_it_has_the_form(client, settings, given, is_kept):
    settings.PROXIES = 1
    response = client.get("/healthz", headers={"X-Request-Id": given})

    assert (response["X-Request-Id"] == given.replace("-", "")) is is_kept


@pytest.mark.django_db
def test_each_answer_leaves_a_line_without_the_query(client, caplog):
    with caplog.at_level(logging.INFO, "coopcycle.access"):
        response = client.get(f"/track/{SECRET}/?name=Ana")

    [line] = [
        JsonFormatter().format(each) for each in caplog.records if each.name == "coopcycle.access"
    ]
    assert "Ana" not in line
    assert SECRET not in line
    assert json.loads(line)["status"] == response.status_code == 404
