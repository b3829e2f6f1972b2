"""Make backups: one file for each co-op, and one for what all share."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from coopcycle.failpoints import reach
from coopcycle.runtime.progress import Progress
from tenants.backup import manifest as kinds
from tenants.backup.archive import DUMP, MEDIA, SHARED, ArchiveWriter, new_archive
from tenants.backup.dumping import Snapshot, snapshot
from tenants.backup.errors import BackupError
from tenants.backup.manifest import Manifest
from tenants.models import Cooperative

_UNFINISHED = ".unfinished-"
_FORGOTTEN_AFTER = 24 * 3600.0  # seconds; no backup takes as long

_COOPERATIVE = """
SELECT json_build_object(
    'cooperative', to_json(cooperative),
    'domains', coalesce((SELECT json_agg(json_build_object('domain', domain, 'is_primary', is_primary)
                         ORDER BY id) FROM public.tenants_domain WHERE tenant_id = cooperative.id), '[]'))
FROM public.tenants_cooperative AS cooperative WHERE schema_name = %s
"""


def back_up_cooperative(
    cooperative: Cooperative, folder: Path, *, at: datetime, progress: Progress
) -> Path:
    """The schema, the shared rows that name it, and its media, as `<slug>-<time>.tar`."""
    return _back_up(
        kinds.COOPERATIVE, cooperative.slug, cooperative.schema_name, folder, at, progress
    )


def back_up_federation(folder: Path, *, at: datetime, progress: Progress) -> Path:
    """What all co-ops share: the list of them, tax rates, the federation's own people."""
    return _back_up(
        kinds.FEDERATION, "federation", settings.PUBLIC_SCHEMA_NAME, folder, at, progress
    )


def _back_up(
    kind: str, slug: str, schema: str, folder: Path, at: datetime, progress: Progress
) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two dashes: no short name of a co-op can be taken for the federation's file.
    name = "federation--shared" if kind == kinds.FEDERATION else slug
    path = folder / f"{name}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    if path.exists():
        raise BackupError(f"{path} is there already.")
    with (
        progress.step(f"{slug} → {path.name}"),
        _workplace(folder) as place,
        new_archive(path, place / path.name) as archive,
        snapshot() as moment,
    ):
        archive.add_bytes(SHARED, _shared_rows(moment, schema))
        moment.dump(schema, place / DUMP)
        archive.add_file(DUMP, place / DUMP)
        reach("dumped")
        if kind == kinds.COOPERATIVE:
            _add_media(archive, Path(settings.MEDIA_ROOT) / schema)
        reach("media added")
        archive.close(_manifest(kind, slug, schema, at, moment, archive))
        reach("closed")
    return path


def _manifest(
    kind: str, slug: str, schema: str, at: datetime, moment: Snapshot, archive: ArchiveWriter
) -> Manifest:
    return Manifest(
        format=kinds.FORMAT,
        kind=kind,
        slug=slug,
        schema=schema,
        taken_at=at.astimezone(UTC).isoformat(timespec="seconds"),
        server_version=moment.server_version,
        migrations=moment.migrations(schema),
        rows=moment.counts(schema),
        parts=archive.parts,
    )


def _shared_rows(moment: Snapshot, schema: str) -> bytes:
    found = moment.rows(_COOPERATIVE, schema)
    return json.dumps(found[0][0] if found else {}, indent=1, sort_keys=True).encode()


def _add_media(archive: ArchiveWriter, folder: Path) -> None:
    """Files are written before the row that names them commits, so the snapshot's are all here."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            archive.add_file(f"{MEDIA}{path.relative_to(folder).as_posix()}", path)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A hidden folder for what is not finished; those that killed backups left are removed."""
    for old in folder.glob(f"{_UNFINISHED}*"):
        if old.stat().st_mtime < time.time() - _FORGOTTEN_AFTER:
            shutil.rmtree(old, ignore_errors=True)
    place = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
