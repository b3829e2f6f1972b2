"""A co-op is brought back, and tables change, while people go on working.

On real processes: two webs, two workers, two beats. `make faults` tries each at more points.
"""

import threading
import time

import pytest

from tests.faults.city import City, settle
from tests.faults.stage import kill

pytestmark = pytest.mark.servers

# What two co-ops write all the time, whoever is restored.
OWN_WORK = {"recurring_generationrun", "django_session", "accounts_session"}
TRAIL = ("audit_event", "audit_securityevent", "audit_seal")
OUTBOX = "coopcycle_outboxmessage"


def test_14_a_co_op_comes_back_from_its_backup_while_the_other_works(city):
    folder = city.stage.folder / "backups"
    folder.mkdir()
    # The upkeep copies a year's holidays when it first looks: not between backup and comparison.
    looked = city.manage("generate_orders", "--cooperative", "gamma")
    assert looked.wait(120) == 0, looked.communicate()[0]
    assert city.stage.act("seal", slug="gamma")["endings"] == [0]
    backup = city.manage("backup", "--to", str(folder), "--cooperative", "gamma")
    assert backup.wait(120) == 0, backup.communicate()[0]
    before, kept = _checksums(city, "gamma"), _rows_of(city, (*TRAIL, OUTBOX))
    city.query("UPDATE {gamma}.dispatch_task SET place = 'spoiled'")
    others = _checksums(city, "delta")
    [file] = folder.glob("gamma-*.tar")
    started = time.monotonic()
    restore = city.manage("restore", str(file))
    statuses = []
    while restore.poll() is None:
        statuses.append(city.people["delta"].administrator.get(city.any_web(), "/people/").status)
        time.sleep(0.2)
    assert restore.wait() == 0, restore.communicate()[0]
    seconds = time.monotonic() - started
    after = _checksums(city, "gamma")
    assert set(statuses) == {200}
    touched = {table for table, rows in _checksums(city, "delta").items() if rows != others[table]}
    assert touched <= OWN_WORK
    changed = {table for table in before if before[table] != after.get(table)}
    assert changed <= {OUTBOX, *TRAIL, *OWN_WORK}
    lost = _compare_trail_and_outbox(city, kept)
    _verify(city)
    city.note(14, "a co-op restored while others work", 1, seconds, lost, 0)


def _compare_trail_and_outbox(city: City, kept: dict[str, dict[int, str]]) -> int:
    """How many rows of the backup are not there as they were. What is new is what the restore did: one
    line among the events at the doors, and what its own writes left in the trail."""
    now = _rows_of(city, (*TRAIL, OUTBOX))
    lost = sum(now[table].get(key) != row for table in TRAIL for key, row in kept[table].items())
    # What waited then is given up, not sent again; of the others nothing differs.
    given_up = "SELECT id FROM {gamma}.coopcycle_outboxmessage WHERE last_error LIKE 'Not sent: %%'"
    quiet = {key for (key,) in city.query(given_up)}
    lost += sum(
        now[OUTBOX].get(key) != row for key, row in kept[OUTBOX].items() if key not in quiet
    )
    lost += len(quiet - set(kept[OUTBOX]))
    new = "SELECT kind, details ? 'backup_of' FROM {gamma}.audit_securityevent WHERE id > %s"
    assert city.query(new, max(kept["audit_securityevent"])) == [("restored", True)]
    assert not set(now[OUTBOX]) - set(kept[OUTBOX]), "there was nothing more to carry over"
    events = city.query(
        "SELECT DISTINCT kind FROM {gamma}.audit_event WHERE id > %s", max(kept["audit_event"])
    )
    assert {kind for (kind,) in events} <= {"tenants_cooperative"}
    return lost


def _rows_of(city: City, tables: tuple[str, ...]) -> dict[str, dict[int, str]]:
    return {
        table: dict(city.query(f"SELECT id, row::text FROM {{gamma}}.{table} AS row"))
        for table in tables
    }


def _verify(city: City) -> None:
    """The chain holds over the restore, before and after its next link."""
    for _look in range(2):
        verified = city.manage("verify_audit", "--cooperative", "gamma")
        output = verified.communicate()[0]
        assert verified.returncode == 0, output
        assert "gamma: whole." in output
        city.stage.act("seal", slug="gamma")


def _checksums(city: City, slug: str) -> dict[str, str]:
    """Each table of a co-op → what is in it."""
    schema = city.people[slug].schema
    tables = city.query(
        "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'",
        schema,
    )
    return {
        table: city.query(
            f"SELECT md5(coalesce(string_agg(row::text, chr(10) ORDER BY row::text), ''))"
            f" FROM {schema}.{table} AS row"
        )[0][0]
        for (table,) in tables
    }


def test_13_migrations_under_traffic_killed_in_the_middle(city, invitations, is_long):
    for number in range(16 if is_long else 0):  # beside the four that are there
        assert city.stage.act("people", slug=f"town-{number}", path="/dev/null")["endings"] == [0]
    over, statuses, worst = threading.Event(), [], 0.0

    def use() -> None:
        nonlocal worst
        people = city.people["gamma"]
        while not over.is_set():
            page = people.administrator.get(city.any_web(), "/businesses/")
            saved = invitations.send(invitations.form())
            statuses.extend((page.status, saved.status))
            worst = max(worst, page.seconds, saved.seconds)

    traffic = threading.Thread(target=use)
    traffic.start()
    next_version = {"DJANGO_SETTINGS_MODULE": "tests.faults.next_version"}
    kills = 5 if is_long else 1
    try:
        for _kill in range(kills):
            migrating = city.manage("migrate_schemas", **next_version)
            lines = iter(migrating.stdout.readline, "")
            assert any(" up to date (" in line for line in lines), "it was over before its kill"
            kill(migrating)
        migrating = city.manage("migrate_schemas", **next_version)
        output = migrating.communicate()[0]
        assert migrating.returncode == 0, output
    finally:
        over.set()
        traffic.join()
    behind = city.number(
        "SELECT count(*) FROM tenants_cooperative AS co_op WHERE NOT EXISTS (SELECT FROM"
        " information_schema.columns WHERE table_schema = co_op.schema_name"
        " AND table_name = 'dispatch_task' AND column_name = 'next_note') AND is_active"
    )
    assert {status for status in statuses if status >= 500 or status == 0} == set()
    # They were there to be migrated; here, where beat ticks each second, their ticks would fill the queue.
    city.stage.owner_runs(
        "UPDATE tenants_cooperative SET is_active = false WHERE slug LIKE 'town-%'"
    )
    _seconds, lost, doubled = settle(city, invitations, within=600)  # minutes of traffic
    city.note(13, "migrations under traffic, killed", kills, worst, lost + behind, doubled)
