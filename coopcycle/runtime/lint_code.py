"""What a review has to look at twice: code that goes past a wall stands in a file named here."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from coopcycle.runtime.workspace import CHECKOUT

NOT_SERVED = ("tests", "benchmarks")

# Name → what it gets past, and where it may stand.
_MARKUP = "text that is not escaped"
_SQL = "SQL of our own"
_FORMS = "a form without token"
MEANINGS = {
    "mark_safe": _MARKUP,
    "SafeString": _MARKUP,
    "csrf_exempt": _FORMS,
    "raw": _SQL,
    "extra": _SQL,
    "RawSQL": _SQL,
    "cursor": _SQL,
}
ALLOWED: dict[str, frozenset[str]] = {
    _MARKUP: frozenset(
        {
            "coopcycle/templatetags/ui.py",  # our own icons and attributes
            "dispatch/templatetags/board.py",  # escapes by itself: 200 stops a page
            "recurring/forms/sentence.py",  # slots that forms have drawn
            "recurring/forms/wording.py",
        }
    ),
    _FORMS: frozenset(),
    _SQL: frozenset(
        {
            "accounts/limits/services.py",  # counts a try by one statement
            "coopcycle/db/",  # the backend itself, COPY, records
            "coopcycle/db/resealing.py",  # columns as they stand, past the models
            "coopcycle/health.py",
            "coopcycle/tracking.py",  # which triggers there are
            "audit/erasing.py",  # functions that run as the owner, and ask for whom
            "audit/migrations/0003_triggers.py",
            "audit/pruning.py",
            "audit/sealing.py",
            "audit/verifying.py",  # the same hashes, computed apart from the database's functions
            "coopcycle/outbox.py",  # takes what is due, past others' rows
            "privacy/exports/",  # whole tables, at one moment and with their numbers
            "recurring/reading.py",  # records for the generator
            "recurring/storage.py",  # the generator's batch
            "tenants/backup/",
            "tenants/management/commands/migrate_schemas.py",
            "tenants/migrating.py",
            "tenants/proving/probes.py",  # the attacks
            "tenants/provisioning.py",
            "tenants/template.py",
            "tenants/wall.py",
        }
    ),
}


class Finding(NamedTuple):
    line: int
    name: str


def findings(source: str) -> Iterator[Finding]:
    """What gets past a wall, by line: calls, some also where they are only named or renamed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            renamed = [each.name for each in node.names if each.asname and each.name in MEANINGS]
            yield from (Finding(node.lineno, name) for name in renamed)
            continue
        name = _last_name(node.func if isinstance(node, ast.Call) else node)
        is_used = isinstance(node, ast.Call) or name in ("csrf_exempt", "mark_safe")
        if isinstance(node, ast.expr) and name in MEANINGS and is_used:
            yield Finding(node.lineno, name)


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_allowed(file: str, name: str) -> bool:
    """Whether `name` may stand in `file`, whose path is relative to the checkout."""
    return any(
        file == place or (place.endswith("/") and file.startswith(place))
        for place in ALLOWED[MEANINGS[name]]
    )


def main() -> int:
    count = 0
    for path in sources():
        file = str(path.relative_to(CHECKOUT))
        for finding in findings(path.read_text()):
            if not is_allowed(file, finding.name):
                print(
                    f"{file}:{finding.line}: {finding.name}: {MEANINGS[finding.name]}; lint_code.py"
                )
                count += 1
    return 1 if count else 0


def sources() -> list[Path]:
    """Of every package of ours that serves people; nobody has to name a new one."""
    packages = [each.parent for each in CHECKOUT.glob("*/__init__.py")]
    served = [each for each in packages if each.name not in NOT_SERVED]
    found = [path for package in served for path in package.rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


if __name__ == "__main__":
    sys.exit(main())
