"""One stage for all faults of a run, and a table of what they did (`make faults`)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.city import City, Invitations, city_on
from tests.faults.stage import Stage, stage

_report: list[Any] = []


IS_LONG = os.environ.get("FAULTS") == "long"
HERE = Path(__file__).parent
TIME_LIMIT = 3600 if IS_LONG else 900  # seconds; the first fault builds the city too


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:  # the hook is given the items of the whole run
            item.add_marker(pytest.mark.timeout(TIME_LIMIT))


@pytest.fixture(scope="session")
def is_long() -> bool:
    """`make faults`: all points of a run, and each fault several times."""
    return IS_LONG


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One co-op at a time, for the faults of the generator."""
    with _reported_stage(tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Several co-ops with webs, workers and beats; on servers of its own, so that the order of tests is free."""
    with _reported_stage(tmp_path_factory.mktemp("city")) as ground, city_on(ground) as found:
        yield found


@contextmanager
def _reported_stage(folder: Path) -> Iterator[Stage]:
    with stage(folder) as found:
        yield found
    _report.extend(found.report)


@pytest.fixture
def invitations(city: City) -> Invitations:
    return Invitations(city)


NOT_BUILT = (
    (4, "payments' webhooks: come with customers' payment"),
    (12, "bursts of positions: come with the courier's page in depth"),
)


NOT_TRIED: list[tuple[int, str]] = []  # what this machine does not let us do


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _report:
        return
    rows = [
        (number, f"{fault:<58} {points:>6} {found.lost:>5} {found.doubled:>7} {seconds:>7.2f} s")
        for number, fault, points, found, seconds in _report
    ]
    rows += [(number, f"{part:<58}  not built") for number, part in NOT_BUILT]
    rows += [(number, f"{part:<58}  not tried here") for number, part in NOT_TRIED]
    write = terminalreporter.write_line
    write(f"{'fault':<61} {'points':>6} {'lost':>5} {'doubled':>7} {'recovery':>9}")
    for number, line in sorted(rows, key=lambda row: row[0]):
        write(f"{number:>2} {line}")
