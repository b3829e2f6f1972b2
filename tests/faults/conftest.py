"""One stage for all faults of a run, and a table of what they did (`make faults`)."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.stage import Stage, stage

_report: list[Any] = []


@pytest.fixture(scope="session")
def is_long() -> bool:
    """`make faults`: all points of a run, and each fault several times."""
    return os.environ.get("FAULTS") == "long"


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("faults")
    with stage(folder) as found:
        yield found
    _report.extend(found.report)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not _report:
        return
    write = terminalreporter.write_line
    write(f"{'fault':<44} {'points':>6} {'lost':>5} {'doubled':>7} {'recovery':>9}")
    for fault, points, findings, seconds in _report:
        write(f"{fault:<44} {points:>6} {findings.lost:>5} {findings.doubled:>7} {seconds:>7.2f} s")
