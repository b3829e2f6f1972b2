"""A long step is seen on a terminal while it lasts, and is one line in a file."""

import io
import re

from coopcycle.runtime.progress import Progress, Silence


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_in_a_file_a_step_is_one_line_when_it_is_done():
    out = io.StringIO()
    with Progress(out).step("Tables"):
        assert out.getvalue() == ""

    assert re.fullmatch(r"  Tables {39} {2,4}0\.\d s\n", out.getvalue())


def test_on_a_terminal_a_step_is_seen_from_its_beginning_and_then_written_over():
    out = Terminal()
    with Progress(out).step("Tables"):
        assert out.getvalue() == "  Tables …\r"

    begun, done = out.getvalue().split("\r")
    assert len(done.rstrip("\n")) > len(begun)


def test_silence_says_nothing(capsys):
    with Silence().step("Tables"):
        Silence().say("word")

    assert capsys.readouterr().out == ""
