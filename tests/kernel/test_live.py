"""Live changes over a real server process, Valkey and two co-ops behind their logins."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client

from accounts.models import User
from coopcycle import asgi, live, valkey
from coopcycle.live_hub import Client as Listener
from tenants.context import in_cooperative
from tests.sign_in import enter, forget_second_step

pytestmark = pytest.mark.servers


@pytest.fixture
def topics(monkeypatch):
    monkeypatch.setitem(live.LIVE_TOPICS, "everyone", lambda user: True)
    monkeypatch.setitem(live.LIVE_TOPICS, "dispatchers", lambda user: user.is_dispatcher)


@pytest.fixture
def server(login_wall, topics):
    """The port of a live process for this test's database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": login_wall.url(),
        "DATABASE_WALL": "login",
        "LIVE_RECHECK_SECONDS": "1",
    }
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--workers-kill-timeout", "2"]  # as the Procfile: streams never end by themselves
    process = subprocess.Popen(
        [*command, "--port", str(port), "tests.kernel.live_app:application"], env=environment
    )
    try:
        _wait_until_up(port, process)
        yield Server(port, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Server:
    def __init__(self, port, process):
        self.port, self.process = port, process

    def ask(self, topic, cooperative, cookie="", path=None, **headers):
        """Open a stream (or be refused); reads have a deadline."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        line.request(
            "GET",
            path or f"/live/{topic}/",
            headers={
                "Host": f"{cooperative.slug}.localhost:{self.port}",
                "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}",
                **headers,
            },
        )
        return Stream(line)


class Stream:
    def __init__(self, line):
        self.line, self.response = line, line.getresponse()
        self.status = self.response.status

    def next_event(self):
        """The next named event; None when the stream ends."""
        fields = {}
        for raw in self.response:
            text = raw.decode().rstrip("\n")
            if not text and "event" in fields:
                return fields["event"], json.loads(fields["data"])
            if text and not text.startswith(":"):
                name, _, value = text.partition(": ")
                fields[name] = value
        return None

    def wait_open(self):
        """Until the server has written that it listens."""
        assert self.status == 200
        while self.response.readline() != b"\n":
            pass

    def close(self):
        self.response.close()
        self.line.close()


def _wait_until_up(port, process):
    for _ in range(1200):  # a busy machine takes its time
        assert process.poll() is None, "the live process died"
        with contextlib.suppress(OSError):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            line.request("GET", "/live/healthz")
            assert line.getresponse().status == 200
            return
        time.sleep(0.05)
    raise AssertionError("the live process did not start")


def sign_in(cooperative, *, half_way=False, **roles):
    """The session cookie of a new person, who may still owe the second step."""
    with in_cooperative(cooperative):
        number = User.objects.count()
        user = User.objects.create_user(f"p{number}@example.org", name="P", **roles)
        browser = Client()
        enter(browser, user)
        if half_way:
            forget_second_step(browser)
        return user, browser.cookies[settings.SESSION_COOKIE_NAME].value


def tell(cooperative, topic="everyone", **payload):
    with in_cooperative(cooperative), transaction.atomic():
        live.publish(topic, "changed", payload)


def test_12_each_coop_hears_its_own_changes_only(server, login_wall):
    alpha, beta = login_wall.alpha, login_wall.beta
    of_alpha = server.ask("everyone", alpha, sign_in(alpha)[1])
    of_beta = server.ask("everyone", beta, sign_in(beta)[1])
    of_alpha.wait_open()
    of_beta.wait_open()

    tell(beta, town="Bruxelles")
    tell(alpha, town="Grenoble")
    tell(beta, town="Ixelles")

    assert of_alpha.next_event() == ("changed", {"town": "Grenoble"})
    assert of_beta.next_event() == ("changed", {"town": "Bruxelles"})
    assert of_beta.next_event() == ("changed", {"town": "Ixelles"})


def test_what_concerns_one_person_reaches_no_other(server, login_wall):
    alpha, beta = login_wall.alpha, login_wall.beta
    odile, cookie = sign_in(alpha)
    paul, other_cookie = sign_in(alpha)
    namesake, foreign_cookie = sign_in(beta)
    own = server.ask("mine", alpha, cookie)
    other, foreign = (
        server.ask("mine", alpha, other_cookie),
        server.ask("mine", beta, foreign_cookie),
    )
    for stream in (own, other, foreign):
        stream.wait_open()
    assert odile.pk == namesake.pk  # the same number in another co-op is somebody else

    with in_cooperative(alpha), transaction.atomic():
        live.publish_to([odile.pk], "changed", {"to": "odile"})
        live.publish_to([odile.pk, paul.pk], "changed", {"to": "both"})
    with in_cooperative(beta):
        live.publish_to([namesake.pk], "changed", {"to": "namesake"})

    assert own.next_event() == ("changed", {"to": "odile"})
    assert own.next_event() == ("changed", {"to": "both"})
    assert other.next_event() == ("changed", {"to": "both"})
    assert foreign.next_event() == ("changed", {"to": "namesake"})
    assert server.ask("mine", alpha).status == 401


def test_12_who_may_not_listen_is_refused_and_never_redirected(server, login_wall):
    alpha, beta = login_wall.alpha, login_wall.beta
    _, courier = sign_in(alpha, is_courier=True)
    _, dispatcher = sign_in(alpha, is_dispatcher=True)
    _, half_way = sign_in(alpha, is_dispatcher=True, half_way=True)

    def status(*args, **kwargs):
        return server.ask(*args, **kwargs).status

    assert status("everyone", alpha) == 401
    assert status("everyone", alpha, "no-such-session") == 401
    assert status("everyone", beta, courier) == 401  # signed in elsewhere
    assert status("dispatchers", alpha, courier) == 403
    assert status("dispatchers", alpha, half_way) == 401
    assert status("mine", alpha, half_way) == 401
    assert status("dispatchers", alpha, dispatcher) == 200
    assert status("no-such-topic", alpha, dispatcher) == 404
    assert status("everyone", alpha, dispatcher, Host="evil.example") == 404
    assert status("", alpha, dispatcher, path="/live/everyone") == 404
    assert status("", alpha, dispatcher, path=f"/live/{beta.schema_name}:everyone/") == 404


def test_12_only_the_coops_own_pages_may_listen_from_another_port(server, login_wall):
    alpha = login_wall.alpha
    _, cookie = sign_in(alpha)
    port = f":{settings.PUBLIC_PORT}" if settings.PUBLIC_PORT else ""
    own = f"http://alpha.localhost{port}"

    answer = server.ask("everyone", alpha, cookie, Origin=own)

    assert answer.status == 200
    assert answer.response.headers["Access-Control-Allow-Origin"] == own
    assert answer.response.headers["Access-Control-Allow-Credentials"] == "true"
    for foreign in (f"http://beta.localhost{port}", "null", "https://evil.example"):
        assert server.ask("everyone", alpha, cookie, Origin=foreign).status == 403


def test_fifty_clients_hear_it_and_keep_no_database_connection(server, login_wall):
    alpha = login_wall.alpha
    _, cookie = sign_in(alpha)
    streams = [server.ask("everyone", alpha, cookie) for _ in range(50)]
    for stream in streams:
        stream.wait_open()

    with in_cooperative(alpha), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = current_user")
        sessions = cursor.fetchone()[0]
    tell(alpha, n=1)

    assert [stream.next_event() for stream in streams] == [("changed", {"n": 1})] * 50
    assert sessions <= 6  # four threads ask for the rules; streams hold none
    for stream in streams:
        stream.close()


def test_someone_signed_out_hears_no_more(server, login_wall):
    alpha = login_wall.alpha
    user, cookie = sign_in(alpha, is_dispatcher=True)
    stream = server.ask("dispatchers", alpha, cookie)
    stream.wait_open()

    with in_cooperative(alpha):
        User.objects.filter(pk=user.pk).update(is_dispatcher=False)

    assert stream.next_event() is None


def test_stopping_the_process_ends_the_streams(server, login_wall):
    stream = server.ask("everyone", login_wall.alpha, sign_in(login_wall.alpha)[1])
    stream.wait_open()

    server.process.send_signal(signal.SIGTERM)

    with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
        assert stream.next_event() is None
    assert server.process.wait(5) is not None


def test_a_change_that_is_rolled_back_is_not_told(login_wall, topics, monkeypatch):
    sent = []
    monkeypatch.setattr(live, "_send", lambda *args: sent.append(args))
    with in_cooperative(login_wall.alpha), transaction.atomic():
        live.publish("everyone", "changed", {})
        transaction.set_rollback(True)

    assert sent == []


def test_a_request_goes_on_when_valkey_is_away(login_wall, topics, settings, caplog):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    valkey._client.cache_clear()
    try:
        tell(login_wall.alpha)
    finally:
        valkey._client.cache_clear()

    assert "did not take a hint" in caplog.text


def test_a_topic_nobody_registered_is_a_mistake(login_wall):
    with in_cooperative(login_wall.alpha), pytest.raises(LookupError, match="no-such"):
        live.publish("no-such", "changed", {})


def test_what_is_each_persons_own_is_never_told_to_all(login_wall):
    with in_cooperative(login_wall.alpha), pytest.raises(LookupError, match="mine"):
        live.publish("mine", "changed", {})


@pytest.mark.parametrize("fault", [OperationalError("away"), asgi.Refused(403)])
def test_12_who_cannot_be_asked_about_hears_no_more_either(monkeypatch, settings, fault):
    def ask(_scope):
        raise fault

    settings.LIVE_RECHECK_SECONDS = 0
    monkeypatch.setattr(asgi, "_allowed_channel", ask)

    async def listen():
        client = Listener()
        await asyncio.wait_for(asgi._ask_again({}, client), 5)
        return client.events.get_nowait()

    assert asyncio.run(listen()) is None
