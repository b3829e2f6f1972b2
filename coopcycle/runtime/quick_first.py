"""The tests that took least time first: of `make mutants`, which stops at the first that notices.

mutmut writes down how long each took, once, before it changes anything.
"""

import json
from pathlib import Path

import pytest

_TIMES = Path("mutmut-stats.json")  # in the copy of the checkout that mutmut works in


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not _TIMES.exists():
        return
    seconds: dict[str, float] = json.loads(_TIMES.read_text())["duration_by_test"]

    def cost(item: pytest.Item) -> tuple[bool, float]:
        """What a database of its own takes is not in the seconds, and is more than all of them."""
        return "login_wall" in getattr(item, "fixturenames", ()), seconds.get(item.nodeid, 0.0)

    items.sort(key=cost)
