"""The database's own disk is full while people send forms.

It needs a disk that can be filled: a small one is mounted where the machine lets us. Elsewhere the
table says that it was not tried.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults import conftest
from tests.faults.city import City, settle
from tests.faults.disks import fill, small_disk

pytestmark = pytest.mark.servers
MEGABYTES = 8
FORMS = 60  # more than fit into the last pages of the tables
ON_IT = ("accounts_invitation", "coopcycle_outboxmessage")


def test_09_the_database_s_own_disk_is_full(city, invitations, is_long):
    with small_disk(city, MEGABYTES) as disk:
        if disk is None:
            conftest.NOT_TRIED.append((9, "the database's own disk is full"))
            return
        rounds, refused, worst = 5 if is_long else 1, 0, 0.0
        with _tables_on(city, disk):
            for _round in range(rounds):
                refused += _send_while_full(city, invitations, disk)
                seconds, lost, doubled = settle(city, invitations)
                worst = max(worst, seconds)
    assert refused >= rounds
    city.note(9, "the database's own disk is full", rounds * FORMS, worst, lost, doubled)


def _send_while_full(city: City, invitations, disk: Path) -> int:
    """How many forms were refused. None of them left half of anything, and pages can be read."""
    ballast = fill(disk)
    forms = [invitations.form() for _ in range(FORMS)]
    answers = [invitations.send(form) for form in forms]
    page = city.people["gamma"].administrator.get(city.any_web(), "/people/")
    refused = [form for form, answer in zip(forms, answers, strict=True) if answer.status != 302]
    kinds = {answer.status for answer in answers}
    half = [
        city.number(f"SELECT count(*) FROM {{gamma}}.{table} WHERE {row}", value)
        for form in refused
        for table, row, value in (
            ("accounts_invitation", "email = %s", form["email"]),
            ("coopcycle_outboxmessage", "payload ->> 'to' = %s", form["email"]),
        )
    ]
    ballast.unlink()
    assert 507 in kinds
    assert kinds <= {302, 507}, kinds
    assert page.status == 200
    assert set(half) == {0}
    assert {invitations.send_until_yes(form).status for form in refused} == {302}
    return len(refused)


@contextmanager
def _tables_on(city: City, disk: Path) -> Iterator[None]:
    """What an invitation writes lies on that disk."""
    place = disk / "tables"
    place.mkdir()
    place.chmod(0o777)
    account = city.stage.postgres.account
    if account is not None:
        subprocess.run(["chown", f"{account.uid}:{account.gid}", str(place)], check=True)
    city.query(f"CREATE TABLESPACE small LOCATION '{place}'")
    try:
        for table in ON_IT:
            city.query(f"ALTER TABLE {{gamma}}.{table} SET TABLESPACE small")
        yield
    finally:
        for table in ON_IT:
            city.query(f"ALTER TABLE {{gamma}}.{table} SET TABLESPACE pg_default")
        city.query("DROP TABLESPACE small")
