"""Whatever dies, each rule and date has its one order, and each message goes once.

The tests are one story: they run in their order, on one co-op whose days go on.
"""

import signal
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from tests.faults.actor import RESTAURANTS
from tests.faults.stage import FIRST_MORNING, HORIZON, Stage, kill

pytestmark = pytest.mark.servers
KILLED = -signal.SIGKILL
RETRY = timedelta(minutes=10)  # the next tick of beat; a sender's lease has run out by then
POINTS = 30  # a run of two batches has some thirty places, then each message has three
MOST_POINTS = 200  # the long form goes on until a run has no place of that number


def morning(day: int) -> datetime:
    """09:00 UTC of a day of the story."""
    return FIRST_MORNING + timedelta(days=day)


@pytest.fixture
def today(town: Stage) -> int:
    """A day whose run is still to come: the one after the horizon's last run."""
    return town.last_day - HORIZON + 1


def test_killed_at_any_place_of_a_run(town, is_long):
    worst, tried = 0.0, 0
    for place in range(1, (MOST_POINTS if is_long else POINTS) + 1):
        at = morning(town.last_day - HORIZON + 1)
        died = town.run(at, failpoint=place)
        if died["endings"] == [0]:  # it had fewer places, and has done all of its work
            break
        tried = place
        recovered = town.run(at + RETRY)
        assert died["endings"] == [KILLED]
        assert recovered["endings"] == [0]
        worst = max(worst, recovered["seconds"])
        findings = town.look()
        assert findings.is_clean, f"killed at place {place}: {findings}"
    assert tried >= (2 if is_long else 1) * POINTS, f"there were only {tried} places"
    town.note(1, "kill -9 at a place of a run", tried, findings, worst)


def test_four_runs_at_once(town, is_long):
    for _round in range(10 if is_long else 2):
        at = morning(town.last_day - HORIZON + 1)
        together = town.run(at, count=4)
        assert together["endings"] == [0, 0, 0, 0]
        findings = town.look()
        assert findings.is_clean, findings
    town.note(8, "four generators at once", 10 if is_long else 2, findings, together["seconds"])


def test_the_clock_jumps_ahead_and_back(town, today):
    for at in (
        morning(today) + timedelta(hours=14),
        morning(today) - timedelta(hours=2),
        morning(today) - timedelta(minutes=10),
        morning(today),
        morning(today + 1),
    ):
        assert town.run(at)["endings"] == [0]
    findings = town.look()
    town.note(10, "clock jumps 14 hours ahead and back", 4, findings, 0)
    assert findings.is_clean, findings


def test_a_day_old_copy_is_restored(town, today):
    town.run(morning(today))
    # Not by the log: a sequence copied so goes back in a crash.
    town.owner_runs("CREATE DATABASE copied TEMPLATE coopcycle STRATEGY file_copy", "postgres")
    town.run(morning(today + 1))
    before = town.look()
    sent = town.mails_sent()
    town.owner_runs("ALTER DATABASE coopcycle RENAME TO lost", "postgres")
    town.owner_runs("ALTER DATABASE copied RENAME TO coopcycle", "postgres")
    town.owner_runs("ALTER DATABASE coopcycle OWNER TO coopcycle_owner", "postgres")
    town.act("secure")
    again = town.run(morning(today + 1) + RETRY)
    findings = town.look()
    town.note(14, "a day-old copy restored", 1, findings, again["seconds"])
    assert findings == before
    assert findings.is_clean
    assert town.mails_sent() > sent  # again, with the same ids


def test_three_days_of_outage(town, today):
    town.run(morning(today))
    missed = town.look().missed
    # With a horizon of two days the fifth day's morning finds two dates passed.
    back = town.run(morning(today + 5))
    findings = town.look()
    town.note(8, "an outage of five days", 1, findings, back["seconds"])
    assert findings.is_clean, findings
    assert findings.missed - missed == 3 * RESTAURANTS


def test_the_night_of_a_clock_change(town):
    for night in (datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 10, 31, tzinfo=UTC)):
        town.last_day = (night.date() - FIRST_MORNING.date()).days + HORIZON
        for minutes in (-90, 0, 30, 60, 90, 180):
            assert town.run(night + timedelta(minutes=minutes))["endings"] == [0]
    with psycopg.connect(town.postgres.superuser_url("coopcycle")) as connection:
        [(schema,)] = connection.execute("SELECT schema_name FROM tenants_cooperative").fetchall()
        starts = connection.execute(
            f"SELECT original_start, starts_at, state FROM {schema}.recurring_occurrence"
            " WHERE original_start IN ('2027-03-28T02:30:00', '2027-10-31T02:30:00')"
        ).fetchall()
    town.note(10, "02:30 on both nights of a clock change", 12, town.look(), 0)
    assert sorted(starts)[:1] == [
        ("2027-03-28T02:30:00", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "generated")
    ]
    assert len(starts) == 2


def test_programs_and_servers_fall_while_two_beats_and_two_workers_run(town, is_long):
    """On the real clock, with real messages: each fault comes just when there is something to do."""
    town.move_to("beta", datetime.now(UTC))
    programs = {name: _start(town, name) for name in ("beat 1", "beat 2", "worker 1", "worker 2")}
    faults = {
        (8, "two beats and two workers"): lambda: None,
        (1, "kill -9 of a worker"): lambda: _replace(town, programs, "worker 1"),
        (8, "kill -9 of a beat"): lambda: _replace(town, programs, "beat 1"),
        (8, "the same message five times"): lambda: town.act("message"),
        (2, "FLUSHALL while orders are made"): town.flush_valkey,
        (3, "PostgreSQL crashes while orders are made"): lambda: town.postgres.restart(
            signal.SIGQUIT
        ),
    }
    try:
        town.wait_until_clean()
        for fault, happen in faults.items():
            worst = 0.0
            for _round in range(5 if is_long else 1):
                town.look_further()
                happen()
                worst = max(worst, town.wait_until_clean())
            town.note(*fault, 5 if is_long else 1, town.look(), worst)
    finally:
        for program in programs.values():
            kill(program)


def _start(town: Stage, name: str):
    if name.startswith("beat"):
        schedule = town.folder / name.replace(" ", "-")
        return town.start("beat", "--schedule", str(schedule), "--loglevel", "ERROR")
    host = f"{name.replace(' ', '-')}@faults"
    return town.start("worker", "--concurrency", "1", "--hostname", host, "--loglevel", "ERROR")


def _replace(town: Stage, programs: dict, name: str) -> None:
    kill(programs[name])
    programs[name] = _start(town, name)
