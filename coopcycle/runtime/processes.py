"""Several long-running programs as one: their lines with a name in front, stopped together.

Each gets a session of its own, so that Ctrl-C reaches only us and they are stopped in order. Then
the whole session is ended by force: nothing outlives `stop()`.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, TextIO

_STOPS_WITHIN = 10.0  # seconds; then by force
_LOOK_EVERY = 0.1
_COLOURS = (36, 35, 33, 32, 34, 31)  # ANSI foregrounds
_LINE_OF_PROCFILE = re.compile(r"^([a-z][a-z0-9_-]*):\s*(\S.*)$", re.MULTILINE)


def read_procfile(path: Path) -> dict[str, str]:
    """Name → shell command, in the order of the file."""
    return {found[1]: found[2].strip() for found in _LINE_OF_PROCFILE.finditer(path.read_text())}


class ProcessGroup:
    """Programs that live and die together."""

    def __init__(
        self, names: list[str], out: TextIO = sys.stdout, stops_within: float = _STOPS_WITHIN
    ) -> None:
        self._out = out
        self._stops_within = stops_within
        self._width = max(map(len, names), default=0)
        self._colours = dict(zip(names, _COLOURS * len(names), strict=False))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._writing = threading.Lock()
        self.stop_wanted = threading.Event()

    def __enter__(self) -> "ProcessGroup":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, name: str, command: str, environment: Mapping[str, str]) -> None:
        """Run a shell command; its output comes out line by line under `name`."""
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        self._running[name] = process
        reader = threading.Thread(target=self._relay, args=(name, process.stdout), daemon=True)
        reader.start()
        self._readers.append(reader)

    def stop_on_signals(self) -> None:
        """Ctrl-C, `kill` and a closed terminal ask for the end instead of ending us."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop_wanted.set())

    def ended(self) -> str | None:
        """The name of a program that is no longer there."""
        return next(
            (name for name, process in self._running.items() if process.poll() is not None), None
        )

    def wait(self) -> int:
        """Wait until a stop is wanted (0) or a program ends by itself (1, and all others are stopped)."""
        while not self.stop_wanted.wait(_LOOK_EVERY):
            if name := self.ended():
                self.say(
                    f"{name} ended with code {self._running[name].returncode}; stopping the others."
                )
                return 1
        return 0

    def stop(self) -> None:
        """End all: first kindly, then by force. Calling it again does nothing."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + self._stops_within
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in self._running.values():
            with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
        for reader in self._readers:
            reader.join(timeout=1)

    def say(self, text: str) -> None:
        """A line of our own, not torn by theirs."""
        self._write(text)

    def _relay(self, name: str, lines: IO[bytes]) -> None:
        label = f"{name:<{self._width}} |"
        if self._out.isatty():
            label = f"\033[{self._colours.get(name, 0)}m{label}\033[0m"
        for line in lines:
            if text := line.decode(errors="replace").rstrip():
                self._write(f"{label} {text}")

    def _write(self, text: str) -> None:
        with self._writing:
            try:
                print(text, file=self._out, flush=True)
            except OSError:  # nobody reads any more: `make demo | head`
                self.stop_wanted.set()
