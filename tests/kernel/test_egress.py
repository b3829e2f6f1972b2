import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from coopcycle import egress
from coopcycle.egress import EgressError, EgressRefusedError, fetch, is_public


class Site(BaseHTTPRequestHandler):
    hits: list[str] = []

    def do_GET(self):
        self.hits.append(self.path)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/target")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            for _ in range(100):
                time.sleep(0.05)
                self.wfile.write(b".")
                self.wfile.flush()
        self.wfile.write(b"x" * (50_000 if self.path == "/large" else 5))

    def handle(self):
        with suppress(OSError):  # the other side cut the line, as it should
            super().handle()

    def log_message(self, *args):
        pass


@pytest.fixture
def site():
    """A listener on this machine: what no request may reach."""
    Site.hits = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def reachable(site, monkeypatch):
    """The same listener, taken for a public place."""
    monkeypatch.setattr(egress, "is_public", lambda address: True)
    return f"http://127.0.0.1:{site}"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "2130706433",
        "0.0.0.0",  # noqa: S104 - nothing binds to it
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_spelling_of_this_machine_is_reached(site, host, scheme):
    with pytest.raises(EgressError):
        fetch(f"{scheme}://{host}:{site}/", allow_http=True, seconds=2)

    assert Site.hits == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - nothing binds to it
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "ff02::1",
    ],
)
def test_what_is_not_out_in_the_world(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101"])
def test_what_is_out_in_the_world(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://127.0.0.1:6379/",
        "https://user:secret@example.org/",
        "https:///path",
        "https://example.org:99999/",
        "https://[::1",
        "",
    ],
)
def test_other_kinds_of_address_are_refused(url):
    with pytest.raises(EgressRefusedError):
        fetch(url)


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch):
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: found)

    with pytest.raises(EgressRefusedError):
        fetch("https://flips.example/")


def test_the_checked_address_is_the_one_that_is_used(site, monkeypatch):
    """A name that changes its address after the check leads nowhere new."""
    answers = iter(["1.1.1.1", "127.0.0.1", "127.0.0.1"])
    gone_to = []
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *args, **options: [(socket.AF_INET, 1, 6, "", (next(answers), site))],
    )

    def connect(self, address):
        gone_to.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)

    with pytest.raises(EgressError):
        fetch(f"http://flips.example:{site}/", allow_http=True)

    assert gone_to == [("1.1.1.1", site)]
    assert Site.hits == []


def test_answers_are_read(reachable):
    answer = fetch(f"{reachable}/?q=1", allow_http=True)

    assert (answer.status, answer.body) == (200, b"xxxxx")
    assert Site.hits == ["/?q=1"]


def test_redirects_are_not_followed(reachable):
    assert fetch(f"{reachable}/redirect", allow_http=True).status == 302
    assert Site.hits == ["/redirect"]


def test_an_answer_that_is_too_large_is_refused(reachable):
    with pytest.raises(EgressError, match="too large"):
        fetch(f"{reachable}/large", allow_http=True, most_bytes=1000)


def test_a_byte_now_and_then_does_not_hold_us(reachable):
    begun = time.monotonic()

    with pytest.raises(EgressError):
        fetch(f"{reachable}/drip", allow_http=True, seconds=0.5)

    assert time.monotonic() - begun < 3
