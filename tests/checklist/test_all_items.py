"""Each of the 48 items of the security checklist has a test that bears its number."""

import re
from pathlib import Path

from django.core.management import get_commands

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PROMISES = ROOT / "docs" / "security.md"
NOT_OF_THE_LIST = {"faults", "recurring"}  # faults have numbers of their own, and dates have days
ITEMS = set(range(1, 49))


def numbers_in_names() -> set[int]:
    """Of functions `test_16_…`, and of files `test_26_27_….py` whose tests are all about them."""
    paths = [path for path in TESTS.rglob("test_*.py") if path.parent.name not in NOT_OF_THE_LIST]
    names = [path.stem for path in paths]
    for path in paths:
        names += re.findall(r"^def (test_\d\d_\w+)", path.read_text(), re.MULTILINE)
    found = (re.match(r"test((?:_\d\d)+)_", name) for name in names)
    return {int(number) for match in found if match for number in match[1].strip("_").split("_")}


def test_every_item_has_a_test():
    assert sorted(ITEMS - numbers_in_names()) == []


# --- docs/security.md ------------------------------------------------------------------------------
def promises() -> list[str]:
    """What each row of its tables says, how to see it."""
    rows = re.findall(r"^\|.+\| (.+) \|$", PROMISES.read_text(), re.MULTILINE)
    return [row for row in rows if row != "see it"]


def items_in(row: str) -> set[int]:
    """ "26–29: …" and "9: …; 13, 47: …" """
    found = set()
    for said in re.findall(r"(?:^|; )([\d–, ]+):", row):
        for part in said.split(","):
            first, _, last = part.partition("–")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def test_the_page_of_promises_names_every_item():
    named = set().union(*(items_in(row) for row in promises()))

    assert sorted(ITEMS - named) == []


def test_what_the_page_of_promises_names_is_there():
    said = [word for row in promises() for word in re.findall(r"`([^`]+)`", row)]
    tests = {word for word in said if word.endswith(".py") and "test" in word}
    folders = {word for word in said if re.fullmatch(r"tests/[a-z_/]+", word)}
    commands = {word.split()[1] for word in said if word.startswith("manage.py")}
    targets = {word.split()[1] for word in said if word.startswith("make")}

    assert len(tests) > 40
    assert [word for word in tests if not any(TESTS.rglob(Path(word).name))] == []
    assert [word for word in tests if "/" in word and not (ROOT / word).is_file()] == []
    assert [word for word in folders if not (ROOT / word).is_dir()] == []
    assert [name for name in commands if name not in get_commands()] == []
    made = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert sorted(targets - set(made)) == []
