"""What a backup says of itself, so that a damaged, half or too new one is refused before anything."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.db.migrations.loader import MigrationLoader

from tenants.backup.errors import BackupError

FORMAT = 1  # raise it when an older restore could not read what is written now

FEDERATION = "federation"
COOPERATIVE = "cooperative"


@dataclass(frozen=True, slots=True)
class Part:
    """One file inside a backup."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """`rows` counts each table in the snapshot that the dump was made of; people's sessions are 0."""

    format: int
    kind: str
    slug: str  # "federation" for the shared tables
    schema: str
    taken_at: str  # ISO, UTC
    server_version: int
    migrations: list[list[str]]  # applied: app and name
    rows: dict[str, int]
    parts: dict[str, Part]

    def as_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Raises ValueError, KeyError or TypeError where it is no manifest."""
        facts: dict[str, Any] = json.loads(text)
        if facts["format"] > FORMAT:
            raise BackupError("The backup was made by a newer version. Update this one first.")
        parts = {name: Part(**part) for name, part in facts.pop("parts").items()}
        return cls(parts=parts, **facts)

    def refuse_newer_tables(self) -> None:
        """Older tables are migrated after they came back; newer ones we do not know."""
        known = known_migrations()
        if unknown := sorted({(app, name) for app, name in self.migrations} - known):
            app, name = unknown[-1]
            raise BackupError(
                f"The backup was made by a newer version, with {app}.{name}. Update this one first."
            )


def known_migrations() -> set[tuple[str, str]]:
    """All that this code can apply, and what its squashed ones stand for."""
    found = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    replaced: Iterable[tuple[str, str]] = (
        pair for migration in found.values() for pair in migration.replaces
    )
    return {*found, *replaced}
