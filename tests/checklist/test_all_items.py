"""Each of the 48 items of the security checklist has a test that bears its number."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
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
