"""The next version's migrations of `dispatch`: those of today, and what follows them here."""

from dispatch import migrations

__path__ = [*__path__, *migrations.__path__]
