"""The next version's migrations of `dispatch`: those of today, and what follows them here."""

from pathlib import Path

from dispatch import migrations

__path__ = [*__path__, *migrations.__path__]
NEWEST = max(file.stem for file in Path(migrations.__path__[0]).glob("[0-8]*_*.py"))
