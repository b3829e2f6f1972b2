"""`make bench [ARGS="wall board"]`: measure, print a table, write benchmarks/results.json."""

import importlib
import json
import sys
from pathlib import Path

from benchmarks.result import Result

FOLDER = Path(__file__).parent
_NOT_MEASURES = {"__init__", "__main__", "result"}


def names() -> list[str]:
    """The benchmarks there are: each module with a `run() -> list[Result]`."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in _NOT_MEASURES)


def main(wanted: list[str]) -> int:
    if unknown := set(wanted) - set(names()):
        print(
            f"No benchmark is called {', '.join(sorted(unknown))}. There are: {', '.join(names())}."
        )
        return 2
    results: list[Result] = []
    for name in wanted or names():
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        results += importlib.import_module(f"benchmarks.{name}").run()
    print(_table(results))
    _keep(results, all_of_them=not wanted)
    return 0


def _keep(results: list[Result], *, all_of_them: bool) -> None:
    """Write the rows; when only some were measured, the others stay as they were."""
    path = FOLDER / "results.json"
    kept = {} if all_of_them else {row["name"]: row for row in json.loads(path.read_text())}
    kept |= {result.name: result.as_row() for result in results}
    path.write_text(json.dumps(list(kept.values()), indent=1) + "\n")


def _table(results: list[Result]) -> str:
    head = f"{'what':<56} {'value':>10} {'floor':>10} {'ratio':>7}  unit"
    lines = [
        f"{each.name:<56} {each.value:>10.2f} {each.floor:>10.2f} {each.ratio:>7.2f}  {each.unit}"
        for each in results
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
