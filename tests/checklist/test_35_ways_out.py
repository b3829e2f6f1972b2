"""35: an address that somebody gives us leads to nothing of our own, however it is written."""

import logging
import socket
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from coopcycle import egress
from coopcycle.egress import EgressError, EgressRefusedError, fetch

OWN = [
    "127.0.0.1",
    "[::1]",
    "localhost",
    "0177.0.0.1",
    "2130706433",
    "0x7f000001",
    "127.1",
    "0.0.0.0",  # noqa: S104 - it is refused
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "[fd00::1]",
    "[fe80::1]",
    "224.0.0.1",
]


@pytest.fixture
def listener():
    """A server of our own, that nobody may reach: how many came."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0.05)
        yield server


def hits(server):
    try:
        server.accept()[0].close()
    except TimeoutError:
        return 0
    return 1


@pytest.mark.parametrize("host", OWN)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_35_no_spelling_of_our_own_net(listener, caplog, host, scheme):
    port = listener.getsockname()[1]

    with caplog.at_level(logging.WARNING), pytest.raises(EgressError):
        fetch(f"{scheme}://{host}:{port}/", allow_http=True, seconds=1)

    assert hits(listener) == 0


def answer(addresses):
    """A resolver that says each of these once, then the last for ever."""
    left = list(addresses)

    def getaddrinfo(host, port, **_options):
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    return getaddrinfo


def test_35_a_name_of_our_own_net_is_refused_and_logged(listener, monkeypatch, caplog):
    monkeypatch.setattr(socket, "getaddrinfo", answer(["127.0.0.1"]))

    with caplog.at_level(logging.WARNING), pytest.raises(EgressRefusedError):
        fetch(f"https://innocent.example:{listener.getsockname()[1]}/")

    assert "Refused to go to innocent.example" in caplog.text
    assert hits(listener) == 0


def test_35_a_name_that_changes_between_check_and_use_leads_where_it_was_checked(
    listener, monkeypatch
):
    asked = []
    monkeypatch.setattr(socket, "getaddrinfo", answer(["203.0.114.7", "127.0.0.1"]))
    monkeypatch.setattr(
        egress._PinnedConnection, "connect", lambda line: asked.append(line._pinned[1][0]) or _no()
    )

    with pytest.raises(EgressError):
        fetch(f"https://flips.example:{listener.getsockname()[1]}/")

    assert asked == ["203.0.114.7"]
    assert hits(listener) == 0


def test_35_a_side_that_greets_slowly_has_no_more_time_than_others(monkeypatch):
    """The line was not there yet when the time was over: then nothing is asked any more."""
    line = egress._PinnedConnection(
        urlsplit("https://slow.example/"), 443, socket.AF_INET, ("203.0.114.7", 443), 10
    )
    ours, theirs = socket.socketpair()

    class Context:
        def wrap_socket(self, plain, server_hostname):
            line.cut()  # the time is over while they greet each other
            return ours

    monkeypatch.setattr(socket.socket, "connect", lambda *_address: None)
    monkeypatch.setattr(egress.ssl, "create_default_context", Context)
    with theirs, pytest.raises(TimeoutError):
        line.request("GET", "/")
    line.close()


def _no():
    raise OSError("nobody there")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://example.org/",
        "ftp://example.org/",
        "https://user:secret@example.org/",
        "https://",
        "//example.org/",
        "https://example.org:99999/",
        "javascript:alert(1)",
    ],
)
def test_35_other_kinds_of_address(url):
    with pytest.raises(EgressRefusedError):
        fetch(url)


def test_35_lint_knows_no_other_way_out():
    rules = tomllib.loads((Path(settings.BASE_DIR) / "pyproject.toml").read_text())["tool"]["ruff"]
    banned = rules["lint"]["flake8-tidy-imports"]["banned-api"].keys()

    assert {
        "urllib.request",
        "urllib3",
        "requests",
        "httpx",
        "aiohttp",
        "http.client",
        "ftplib",
        "socket.create_connection",
        "weasyprint",
    } <= banned
    free = {
        path
        for path, codes in rules["lint"]["per-file-ignores"].items()
        if "TID251" in codes and not path.startswith(("tests/", "benchmarks/"))
    }
    assert free == {"coopcycle/{egress,pdf_child,images}.py", "coopcycle/runtime/demo.py"}
