"""The tests that are likest to notice first: of `make mutants`, which stops at the first that does.

mutmut writes down once, before it changes anything, which functions each test comes by and how long
it takes. A test that comes by few of them is about one of them.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

_NOTES = Path("mutmut-stats.json")  # in the copy of the checkout that mutmut works in


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not _NOTES.exists():
        return
    notes = json.loads(_NOTES.read_text())
    seconds: dict[str, float] = notes["duration_by_test"]
    functions = Counter(
        test for tests in notes["tests_by_mangled_function_name"].values() for test in tests
    )

    def cost(item: pytest.Item) -> tuple[bool, int, float]:
        # What a database of its own takes is not in the seconds, and is more than all of them.
        has_own = "login_wall" in getattr(item, "fixturenames", ())
        return has_own, functions[item.nodeid], seconds.get(item.nodeid, 0.0)

    items.sort(key=cost)
