"""What a start is doing, line by line, and the seconds that each long step took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_WIDTH = 44


class Progress:
    """Writes to a person. On a terminal a step is there from its first second; in a file, when it is done."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def say(self, text: str) -> None:
        """A line of its own."""
        print(text, file=self._out, flush=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One line with the seconds; while it lasts it ends with "…". Steps stand one after the other, not inside."""
        started = time.monotonic()
        if self._out.isatty():
            print(f"  {what} …", end="\r", file=self._out, flush=True)
        yield
        self.say(f"  {what:<{_WIDTH}} {time.monotonic() - started:5.1f} s")


class Silence(Progress):
    """Says nothing: for commands whose own output counts."""

    def say(self, text: str) -> None:
        return

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        yield
