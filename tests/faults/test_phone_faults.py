"""A courier's phone loses the network, and the office goes on meanwhile.

On real processes; once with a phone's bare messages at many points, once with the page itself in Chromium.
"""

import random
import uuid
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.faults.city import Answer, City, Visitor, at_once, move_of, photo_of_noise
from tests.faults.outside import Wire
from tests.look.browser import running_chromium, visit

pytestmark = pytest.mark.servers
CLOCKS = [timedelta(0), timedelta(hours=-1), timedelta(hours=1), timedelta(days=-1)]


def test_05_a_phone_sends_its_actions_late_doubled_and_out_of_order(city):
    gamma = city.people["gamma"]
    mine, cancelled, given_away = gamma.stops[:15], gamma.stops[15], gamma.stops[16]
    everywhere = [*mine, cancelled, given_away]
    _cancel(city, cancelled)
    _give_away(city, given_away)
    acts = [_act(stop, what) for stop in everywhere for what in ("start", "done")]
    queue = [each for each in acts for _ in range(random.choice((2, 3)))]
    random.shuffle(queue)
    said: dict[str, set[str]] = {}
    for four in (queue[n : n + 4] for n in range(0, len(queue), 4)):
        answers = at_once(len(four), lambda n, four=four: _send(city, *four[n]))
        for (_stop, form), answer in zip(four, answers, strict=True):
            said.setdefault(form["client_id"], set()).add(_result(answer))

    events, reports = _traces(city, said, "taskevent"), _traces(city, said, "latereport")
    # A deed is in the history of its stop, or kept for the office. Who only set off for a stop that is
    # not theirs any more was told so, each time.
    lost = [
        form["client_id"]
        for stop, form in acts
        if form["client_id"] not in events | reports
        and not (
            form["action"] == "start"
            and stop in (cancelled, given_away)
            and said[form["client_id"]] == {"refused"}
        )
    ]
    untouched = _statuses(city, [cancelled, given_away])
    assert untouched == {cancelled: "CANCELLED", given_away: "TODO"}
    assert set(_statuses(city, mine).values()) == {"DONE"}
    assert len(reports) == 2
    doubled = sum((events + reports).values()) - len(events | reports)
    city.note(5, "a phone's actions doubled, reordered, late", len(acts), 0, len(lost), doubled)


def test_05_the_office_decides_once_on_what_was_told_too_late(city):
    gamma = city.people["gamma"]
    late = city.query("SELECT id, task_id FROM {gamma}.dispatch_latereport WHERE outcome = ''")
    assert len(late) == 2, "the test before has left two"

    def decide(report: int, number: int) -> Answer:
        verb = ("accept", "put-aside")[number]
        return gamma.dispatchers[number].post(
            city.webs[number], f"/dispatch/reports/{report}/{verb}/", {"reason": "Too late"}
        )

    lost = doubled = 0
    for report, stop in late:
        answers = at_once(2, lambda number, report=report: decide(report, number))
        statuses = sorted(answer.status for answer in answers)
        assert statuses == [302, 409], [answer.text[:300] for answer in answers]
        [(outcome,)] = city.query(
            "SELECT outcome FROM {gamma}.dispatch_latereport WHERE id = %s", report
        )
        done = city.number(
            "SELECT count(*) FROM {gamma}.dispatch_taskevent WHERE task_id = %s AND kind = 'done'",
            stop,
        )
        lost += outcome == "counts" and done == 0
        doubled += done > (outcome == "counts")
    city.note(5, "two dispatchers decide on a late “done” at once", len(late), 0, lost, doubled)


def test_05_the_page_keeps_what_is_done_without_a_network_and_uploads_are_cut(city, is_long):
    gamma = city.people["gamma"]
    stops = gamma.stops[31 : 40 if is_long else 35]
    cancelled, given_away = stops[-2:]
    _leave_only(city, stops)
    line = Wire(city.outside, city.webs[0]).open()
    with running_chromium() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        day = city.query("SELECT day FROM {gamma}.dispatch_task WHERE id = %s", stops[0])[0][0]
        page = _open(context, gamma.rider, line.port, f"/ride/?day={day:%F}")
        context.set_offline(True)
        for number, stop in enumerate(stops):
            _ride(page, number, stop)
        _cancel(city, cancelled)
        _give_away(city, given_away)
        expect(page.locator("#queue [data-queue=words]")).to_have_text(
            f"{2 * len(stops)} things wait to be sent."
        )
        context.set_offline(False)
        cuts = 40 if is_long else 10
        for _cut in range(cuts):
            page.wait_for_timeout(random.randint(10, 250))
            line.become("cut")
            page.wait_for_timeout(30)
            line.become("passes")
            page.evaluate("dispatchEvent(new Event('online'))")
        started = datetime.now(UTC)
        expect(page.locator("#queue")).to_have_attribute("data-waiting", "0")
        seconds = (datetime.now(UTC) - started).total_seconds()
        expect(page.get_by_role("heading", name="With the office")).to_be_visible()
        context.close()
    lost, doubled = _compare(city, stops, kept=(cancelled, given_away))
    city.note(5, "the page's own queue, uploads cut", 2 * len(stops) + cuts, seconds, lost, doubled)


# --- the phone ------------------------------------------------------------------------------------
def _act(stop: int, what: str) -> tuple[int, dict[str, str]]:
    """A start ten minutes ago, or what followed it five minutes ago, by a clock that may be wrong."""
    waited = timedelta(minutes=10 if what == "start" else 5)
    device_at = datetime.now(UTC) - waited + random.choice(CLOCKS)
    return stop, {
        "action": what,
        "client_id": str(uuid.uuid4()),
        "device_at": device_at.isoformat(),
        "waited_ms": str(int(waited.total_seconds() * 1000)),
    }


def _send(city: City, stop: int, form: dict[str, str]) -> Answer:
    return city.people["gamma"].rider.post(city.any_web(), f"/ride/stops/{stop}/queued/", form)


def _result(answer: Answer) -> str:
    assert answer.status in {200, 409}, answer.text[:500]
    return next(word for word in ("recorded", "kept", "refused") if f'"{word}"' in answer.text)


def _open(context, rider: Visitor, port: int, path: str):
    origin = f"http://{rider.slug}.localhost:{port}"
    context.add_cookies([{"name": "sessionid", "value": rider.session, "url": origin}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    visit(page, origin + path)
    return page


def _ride(page, number: int, stop: int) -> None:
    """Set off, take a photo that only this stop has, and hand over."""
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_label("Received by").fill(f"Recipient {stop}")
    picture = {"name": "p.jpg", "mimeType": "image/jpeg", "buffer": photo_of_noise(400 + number)}
    page.locator("input[type=file]").set_input_files(picture)
    page.get_by_role("button", name="Delivered").click()
    expect(page.locator(f"[data-card='{stop}']")).to_have_count(0)


# --- the office -----------------------------------------------------------------------------------
def _leave_only(city: City, stops: list[int]) -> None:
    """The rider's round has these stops and nothing before them."""
    city.query(
        "UPDATE {gamma}.dispatch_task SET tour_id = NULL, position = NULL"
        " WHERE status = 'TODO' AND tour_id IS NOT NULL AND NOT id = ANY(%s)",
        stops,
    )


def _version(city: City, stop: int) -> int:
    return city.number("SELECT version FROM {gamma}.dispatch_task WHERE id = %s", stop)


def _cancel(city: City, stop: int) -> None:
    seen = {"version": _version(city, stop)}
    office = city.people["gamma"].dispatchers[0]
    assert office.post(city.any_web(), f"/dispatch/tasks/{stop}/cancel/", seen).status == 302


def _give_away(city: City, stop: int) -> None:
    gamma = city.people["gamma"]
    move = move_of(stop, _version(city, stop), gamma.riders[1])
    answer = gamma.dispatchers[0].post_json(city.any_web(), "/dispatch/operations/", move)
    assert answer.status == 200, answer.text


# --- looking --------------------------------------------------------------------------------------
def _traces(city: City, ids, table: str) -> Counter[str]:
    """The phone's id → how often it is in that table."""
    rows = city.query(
        f"SELECT client_id::text, count(*) FROM {{gamma}}.dispatch_{table}"
        " WHERE client_id::text = ANY(%s) GROUP BY 1",
        list(ids),
    )
    return Counter(dict(rows))


def _statuses(city: City, stops: list[int]) -> dict[int, str]:
    rows = city.query("SELECT id, status FROM {gamma}.dispatch_task WHERE id = ANY(%s)", stops)
    return dict(rows)


def _compare(city: City, stops: list[int], kept: tuple[int, int]) -> tuple[int, int]:
    """(lost, doubled): each stop was set off for and made once, each photo is with its own stop."""
    mine = [stop for stop in stops if stop not in kept]
    events = Counter(
        city.query(
            "SELECT task_id, kind FROM {gamma}.dispatch_taskevent"
            " WHERE task_id = ANY(%s) AND kind IN ('started', 'done')",
            stops,
        )
    )
    wanted = Counter((stop, kind) for stop in mine for kind in ("started", "done"))
    folder = city.stage.folder / "media" / city.people["gamma"].schema
    pictures = city.query(
        "SELECT task_id, recipient_name, photo FROM {gamma}.dispatch_proof WHERE task_id = ANY(%s)"
        " UNION ALL SELECT task_id, recipient_name, photo FROM {gamma}.dispatch_latereport"
        " WHERE task_id = ANY(%s) AND outcome = ''",
        stops,
        stops,
    )
    right = [
        stop
        for stop, recipient, photo in pictures
        if recipient == f"Recipient {stop}"
        and Image.open(folder / photo).width == 400 + stops.index(stop)
    ]
    assert _statuses(city, mine) == dict.fromkeys(mine, "DONE")
    assert {_statuses(city, list(kept))[stop] for stop in kept} == {"CANCELLED", "TODO"}
    lost = sum((wanted - events).values()) + len(set(stops) - set(right))
    doubled = sum((events - wanted).values()) + len(pictures) - len(set(right))
    return lost, doubled
