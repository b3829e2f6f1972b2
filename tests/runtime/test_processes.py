"""The process runner: readable lines, and nothing left behind whatever ends it."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coopcycle.runtime.processes import ProcessGroup, read_procfile
from coopcycle.runtime.workspace import CHECKOUT

DEADLINE = 20.0

RUNNER = """
import os, sys
from pathlib import Path
from coopcycle.runtime.processes import ProcessGroup, read_procfile
commands = read_procfile(Path(sys.argv[1]))
with ProcessGroup(list(commands), stops_within=1) as group:
    group.stop_on_signals()
    for name, command in commands.items():
        group.start(name, command, os.environ)
    code = group.wait()
sys.exit(code)
"""


def eventually(condition):
    deadline = time.monotonic() + DEADLINE
    while not (found := condition()):
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def runner(tmp_path):
    """A runner of its own with an obedient program, a deaf one and a grandchild; and its output."""
    procfile = tmp_path / "Procfile"
    procfile.write_text(
        "obedient: sleep 300\n"
        "family: sh -c 'sleep 300 & echo child=$!; echo parent=$$; wait'\n"
        "deaf: sh -c 'trap \"\" TERM; echo deaf=$$; while true; do sleep 1; done'\n"
    )
    output = tmp_path / "output"
    with output.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", RUNNER, procfile], stdout=out, stderr=out, cwd=CHECKOUT
        )
    yield process, output
    process.kill()
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_no_process(runner, number):
    process, output = runner
    pids = eventually(
        lambda: len(found := re.findall(r"=(\d+)", output.read_text())) == 3 and found
    )
    assert all(is_alive(pid) for pid in pids)

    process.send_signal(number)

    assert process.wait(DEADLINE) == 0
    eventually(lambda: not any(is_alive(pid) for pid in pids))


def test_one_program_that_ends_stops_the_others():
    out = io.StringIO()
    with ProcessGroup(["brief", "long"], out) as group:
        group.start("long", "sleep 300", os.environ)
        group.start("brief", "sh -c 'echo bye; exit 3'", os.environ)
        long_process = group._running["long"]

        assert group.wait() == 1

    assert long_process.returncode == -signal.SIGTERM
    assert "brief | bye" in out.getvalue()
    assert "brief ended with code 3; stopping the others." in out.getvalue()


def test_lines_carry_the_name_of_their_program_in_one_width():
    out = io.StringIO()
    with ProcessGroup(["web", "worker"], out) as group:
        group.start("web", "echo one", os.environ)
        group.start("worker", "echo two", os.environ)
        eventually(lambda: len(out.getvalue().splitlines()) == 2)

    assert set(out.getvalue().splitlines()) == {"web    | one", "worker | two"}


def test_the_projects_procfile_has_its_four_programs():
    assert set(read_procfile(CHECKOUT / "Procfile")) == {"web", "live", "worker", "beat"}
