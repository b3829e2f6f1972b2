"""Whatever fails around them, what people were told is saved is saved, and once.

On real processes: two webs, two workers, two beats. `make faults` tries each at more points.
"""

import random
import signal
import socket
import threading
import time
import uuid
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

import psycopg
import pytest

from tests.faults.city import (
    Answer,
    Invitations,
    at_once,
    files_below,
    move_of,
    photo_of_noise,
    settle,
)

pytestmark = pytest.mark.servers
PATIENCE = 3.0  # seconds that an answer may take while something outside hangs


def test_one_id_leads_from_the_click_to_the_mail(city, invitations):
    form = invitations.form()

    answer = invitations.send(form)
    city.wait_until(city.all_sent)

    [call] = city.ledger.to(form["email"])
    assert answer.headers["x-request-id"] == call.request_id != ""


def test_06_twenty_equal_posts_at_once_make_one_record(city, invitations, is_long):
    rounds = 20 if is_long else 2
    for _round in range(rounds):
        form = invitations.form()
        answers = at_once(20, lambda _n, form=form: invitations.send(form))
        assert {(each.status, each.headers.get("location")) for each in answers} == {
            (302, "/people/")
        }
    seconds, lost, doubled = settle(city, invitations)
    city.note(6, "20 equal POSTs at once", rounds, seconds, lost, doubled)


def test_02_valkey_is_cut_hangs_dies_and_forgets(city, invitations, is_long):
    tries = 10 if is_long else 2
    worst = 0.0

    def send_some() -> None:
        nonlocal worst
        for _try in range(tries):
            answer = invitations.send(invitations.form())
            assert answer.status == 302, answer
            worst = max(worst, answer.seconds)

    for state in ("cut", "hangs"):
        city.wire.become(state)
        send_some()
        city.wire.become("passes")
    city.kill_valkey()
    send_some()
    city.keep_valkey()
    send_some()
    city.flush_valkey()
    seconds, lost, doubled = settle(city, invitations)
    assert worst < PATIENCE
    city.note(2, "Valkey cut, hanging, killed, emptied", 5 * tries, seconds, lost, doubled)


def test_03_postgresql_crashes_and_sessions_are_ended_while_people_send(city, invitations, is_long):
    forms = [invitations.form() for _ in range(200 if is_long else 24)]
    over = threading.Event()

    def disturb() -> None:
        crashes = 5 if is_long else 1
        for number in range(crashes):
            for _ in range(4):
                with suppress(psycopg.OperationalError):
                    city.query(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE usename LIKE 'c\\_%%' ORDER BY random() LIMIT 2"
                    )
                if over.wait(random.uniform(0.05, 0.3)):
                    break
            city.stage.postgres.restart(signal.SIGQUIT)
            assert number < crashes

    disturbance = threading.Thread(target=disturb)
    disturbance.start()
    answers = at_once(
        4, lambda number: [invitations.send_until_yes(form) for form in forms[number::4]]
    )
    over.set()
    disturbance.join()
    assert {answer.status for part in answers for answer in part} == {302}
    seconds, lost, doubled = settle(city, invitations)
    city.note(3, "PostgreSQL crashes, sessions ended", len(forms), seconds, lost, doubled)


def test_15_a_web_dies_between_the_commit_and_the_answer(city, invitations, is_long):
    rounds = 10 if is_long else 1
    for _round in range(rounds):
        port = city.start_web("web 3", FAILPOINT="3")
        city.wait_until_up("web 3")
        form = invitations.form()
        died = False
        for _try in range(4):
            died = died or invitations.send(form, port).status == 0
            if died:
                break
        assert died, "the web did not reach its place"
        city.end("web 3")
        assert invitations.send_until_yes(form).status == 302
    seconds, lost, doubled = settle(city, invitations)
    city.note(15, "kill -9 of a web before its answer", rounds, seconds, lost, doubled)


def test_15_half_a_body_and_far_too_much(city, invitations):
    form = invitations.form()
    visitor = city.people["gamma"].administrator
    for port in city.webs:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            head = visitor.headers(port, "application/x-www-form-urlencoded")
            lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
            line.sendall(
                f"POST /people/invite/ HTTP/1.1\r\n{lines}Content-Length: 900\r\n\r\n".encode()
                + f"name=Half&email={form['email']}&language=en&roles=is_cou".encode()
            )
        assert _too_much(visitor, port).status == 413
    assert visitor.get(city.any_web(), "/people/").status == 200
    made = city.number(
        "SELECT count(*) FROM {gamma}.accounts_invitation WHERE email = %s", form["email"]
    )
    city.note(15, "half a body, 2 GB of body", 4, 0, 0, made)


def test_15_lines_that_never_finish_their_head_hold_nobody_up(city):
    """More of them than a web has threads. For slow bodies the proxy in front is there."""
    visitor, port = city.people["gamma"].administrator, city.webs[0]
    lines = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(20)]
    try:
        for line in lines:
            line.sendall(b"POST /people/invite/ HTTP/1.1\r\nHost: gam")
        answer = visitor.get(port, "/people/")
        assert (answer.status, answer.seconds < PATIENCE) == (200, True)
        started = time.monotonic()
        for line in lines:
            with suppress(ConnectionResetError):
                assert not line.recv(1024).startswith(b"HTTP/1.1 2")
        seconds = time.monotonic() - started
    finally:
        for line in lines:
            line.close()
    city.note(15, "lines that never finish their head", len(lines), seconds, 0, 0)


def _too_much(visitor, port: int) -> Answer:
    """Announce 2 GB and begin."""
    line = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.putrequest("POST", "/people/invite/", skip_host=True)
        for name, value in visitor.headers(port, "multipart/form-data; boundary=x").items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(2 * 1024**3))
        line.endheaders()
        with suppress(OSError):
            for _ in range(64):
                line.send(b"x" * 512 * 1024)
        return Answer(line.getresponse().status)
    except (OSError, HTTPException):
        return Answer(0)
    finally:
        line.close()


def test_07_two_dispatchers_give_one_stop_at_once(city, is_long):
    gamma = city.people["gamma"]
    rounds = gamma.loose[: 100 if is_long else 10]
    lost = doubled = 0
    for stop in rounds:
        version = city.number("SELECT version FROM {gamma}.dispatch_task WHERE id = %s", stop)

        def give(number: int, stop: int = stop, version: int = version) -> Answer:
            move = move_of(stop, version, gamma.riders[number])
            return gamma.dispatchers[number].post_json(
                city.webs[number], "/dispatch/operations/", move
            )

        answers = at_once(2, give)
        statuses = [answer.status for answer in answers]
        assert sorted(statuses) == [200, 409], [answer.text[:300] for answer in answers]
        winner = gamma.riders[statuses.index(200)]
        rides = city.query(
            "SELECT tour.courier_id FROM {gamma}.dispatch_task task"
            " JOIN {gamma}.dispatch_tour tour ON tour.id = task.tour_id WHERE task.id = %s",
            stop,
        )
        lost += rides != [(winner,)]
        doubled += max(0, len(rides) - 1)
    city.note(7, "two dispatchers give one stop at once", len(rounds), 0, lost, doubled)


def test_09_the_disk_is_full(city, is_long):
    gamma = city.people["gamma"]
    photo, stops = photo_of_noise(), gamma.stops[20 : 30 if is_long else 22]
    full = city.start_web("web 4", file_bytes=200_000)
    city.wait_until_up("web 4")
    media = city.stage.folder / "media"
    worst = 0.0
    before = files_below(media)
    for stop in stops:
        path = f"/ride/stops/{stop}/action/"
        assert gamma.rider.post(full, path, {"action": "start"}).status == 302
        form = {"action": "done", "client_id": str(uuid.uuid4())}
        refused = gamma.rider.post_file(full, path, form, photo)
        assert refused.status == 507, refused
        assert files_below(media) == before, "half a file was left"
        again = gamma.rider.post_file(city.any_web(), path, form, photo)
        assert again.status == 302
        worst = max(worst, again.seconds)
        before = files_below(media)
    city.end("web 4")
    proofs = city.query(
        "SELECT photo FROM {gamma}.dispatch_proof WHERE task_id = ANY(%s)", list(stops)
    )
    whole = [name for (name,) in proofs if (media / gamma.schema / name).stat().st_size > 200_000]
    city.note(
        9,
        "no room for files",
        len(stops),
        worst,
        len(stops) - len(whole),
        max(0, len(proofs) - len(stops)),
    )


def test_11_the_mail_server_hangs_fails_hangs_up_and_talks_nonsense(city, invitations, is_long):
    worst_answer = worst_recovery = longest_idle = 0.0
    modes = ("hang", "fail", "drop", "garbage")
    tries = 5 if is_long else 1
    for mode in modes:
        city.ledger.become(mode)
        for _try in range(tries):
            answer = invitations.send(invitations.form())
            assert answer.status == 302
            worst_answer = max(worst_answer, answer.seconds)
        for _look in range(15):
            [(idle,)] = city.query(
                "SELECT coalesce(max(extract(epoch FROM now() - state_change)), 0)::float8"
                " FROM pg_stat_activity WHERE state = 'idle in transaction'"
            )
            longest_idle = max(longest_idle, idle)
            time.sleep(0.1)
        city.ledger.become("ok")
        worst_recovery = max(worst_recovery, city.wait_until(city.all_sent))
    assert worst_answer < PATIENCE
    assert longest_idle < 1.0, "a transaction stayed open during a call"
    lost, doubled = invitations.count()
    city.note(11, "the mail server misbehaves", len(modes) * tries, worst_recovery, lost, doubled)


def test_11_a_web_server_that_misbehaves_is_given_up_in_time(city):
    modes = ("ok", "hang", "fail", "drop", "garbage", "drip")
    lost = 0
    for mode in modes:
        city.ledger.become(mode)
        asked = city.stage.act("fetch_from", port=city.ledger.web_port, within=1.0)
        lost += asked["endings"] != [0]
    city.ledger.become("ok")
    city.note(11, "a web server misbehaves", len(modes), 1.0, lost, 0)


def test_16_poison_is_parked_and_seen_and_a_flood_of_one_keeps_no_other_waiting(city, is_long):
    assert city.stage.act("poison", slug="gamma")["endings"] == [0]
    delta = Invitations(city, "delta")
    flood = 10_000 if is_long else 300
    assert city.stage.act("flood", slug="gamma", number=flood)["endings"] == [0]
    worst = 0.0
    for _try in range(5):
        form = delta.form()
        assert delta.send(form).status == 302
        worst = max(worst, city.wait_until(lambda form=form: bool(city.ledger.to(form["email"]))))
    waiting = "SELECT count(*) FROM {{gamma}}.coopcycle_outboxmessage WHERE state {}"
    parked = "SELECT state, attempts FROM {gamma}.coopcycle_outboxmessage WHERE key = 'poison'"
    city.wait_until(lambda: city.query(parked) == [("dead", 5)], within=400)
    city.wait_until(
        lambda: city.number(waiting.format("NOT IN ('sent', 'dead')")) == 0,
        within=1200 if is_long else 400,
    )
    mails = [call.to for call in city.ledger.calls if call.to.startswith("flood-")]
    page = city.people["gamma"].administrator.get(city.any_web(), "/not-sent/")
    assert page.status == 200
    assert "there_is_none" in page.text
    city.query("DELETE FROM {gamma}.coopcycle_outboxmessage WHERE key = 'poison'")
    lost, doubled = delta.count()
    city.note(
        16,
        "poison, and a flood of another co-op's mails",
        flood + 1,
        worst,
        lost + flood - len(set(mails)),
        doubled + len(mails) - len(set(mails)),
    )
