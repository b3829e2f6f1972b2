"""Bring a co-op back while the others work, or beside itself under another name.

Everything is made under names that nobody uses, and takes its place in one transaction. Killed
before it, nothing has changed, and the next restore clears what lies about; killed after it, the
co-op is back.
"""

import copy
import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from coopcycle.db.base import current_connection
from coopcycle.db.logins import is_cooperative_schema, new_schema_name
from coopcycle.failpoints import reach
from coopcycle.runtime.progress import Progress
from tenants.backup import manifest as kinds
from tenants.backup import switching
from tenants.backup.archive import DUMP, SHARED, Archive, open_archive, sync_folder
from tenants.backup.dumping import owner_session
from tenants.backup.errors import BackupError
from tenants.backup.keys import rebind_keys
from tenants.backup.loading import load_dump
from tenants.backup.media import media_folder, place_media, stage_media
from tenants.backup.rows import add_cooperative, renamed, settings_of, update_settings
from tenants.context import forget_cooperatives, in_cooperative
from tenants.models import Cooperative
from tenants.wall import cooperative_schemas, reset_login, secure_cooperative

# Higher apps append here in AppConfig.ready(): what a restored co-op needs before anybody looks,
# such as erasing again whom the backup brings back. Each gets the time of the backup, and may run twice.
AFTER: list[Callable[[str], object]] = []

_RESTORING = "restoring_"
_OURS = re.compile(rf"{_RESTORING}[0-9a-f]{{12,40}}\Z")
_LOCK = 0x_BACC_0FF5  # an advisory lock: one restore at a time


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept` is the schema in which the replaced rows still are; empty when there were none."""

    cooperative: Cooperative
    kept: str
    taken_at: str


def restore_cooperative(
    path: Path, *, slug: str = "", host: str = "", progress: Progress
) -> Restored:
    """Put the co-op of a backup in its place, or with `slug` beside it as another co-op.

    Raises BackupError or DomainError, and then nothing has changed.
    """
    with _one_at_a_time():
        _clear_leftovers()
        with _opened(path, progress) as found:
            plan = _plan(found, slug, host)
            try:
                _make(found, plan, progress)
                with progress.step("Switching"):
                    kept = _switch(found, plan)
            finally:
                _clear_leftovers()
    forget_cooperatives()
    cooperative = Cooperative.objects.get(schema_name=plan.target)
    with in_cooperative(cooperative):
        for step in AFTER:
            step(found.manifest.taken_at)
    return Restored(cooperative, kept, found.manifest.taken_at)


@dataclass(frozen=True, slots=True)
class _Plan:
    """`fresh` is where the rows are made, `target` the co-op's schema in the end."""

    fresh: str
    target: str
    present: Cooperative | None  # whose place is taken
    cooperative: Cooperative  # as the backup has it
    hosts: tuple[str, ...]


@contextmanager
def _opened(path: Path, progress: Progress) -> Iterator[Archive]:
    with ExitStack() as stack:
        with progress.step("Checking the file"):
            archive = stack.enter_context(open_archive(path))
        if archive.manifest.kind != kinds.COOPERATIVE:
            raise BackupError(f"{path} is not the backup of one co-op.")
        if not is_cooperative_schema(archive.manifest.schema):
            raise BackupError(f"{path} names no schema of a co-op.")
        archive.manifest.refuse_newer_tables()
        yield archive


def _plan(archive: Archive, slug: str, host: str) -> _Plan:
    """Who will be where. Refuses early what the switch would refuse."""
    shared: dict[str, Any] = json.loads(archive.open(SHARED).read(), parse_float=Decimal)
    cooperative = settings_of(shared["cooperative"])
    target = new_schema_name() if slug else archive.manifest.schema
    present = Cooperative.objects.filter(schema_name=target).first()
    hosts = tuple(each["domain"] for each in shared["domains"])
    if slug:
        cooperative, hosts = renamed(cooperative, target, slug, host)
    elif present is None and target in _schemas():
        raise BackupError(f"The schema {target} is there, but no co-op: drop or rename it first.")
    if present is None:
        with transaction.atomic():  # a rehearsal, taken back
            add_cooperative(copy.deepcopy(cooperative), hosts)
            transaction.set_rollback(True)
    # A restore that fails clears the folder of the name that it came for, unless it was there.
    is_new = present is None and not media_folder(target).exists()
    digits = (target if is_new else new_schema_name()).removeprefix("c_")
    return _Plan(f"{_RESTORING}{digits}", target, present, cooperative, hosts)


def _make(archive: Archive, plan: _Plan, progress: Progress) -> None:
    """Schema and files, complete, at places that nobody looks at."""
    with progress.step("Files"):
        stage_media(archive, media_folder(plan.fresh))
        reach("files staged")
    with progress.step("Rows"):
        load_dump(archive.open(DUMP), archive.manifest, plan.fresh)
        rebind_keys(plan.fresh, former=archive.manifest.schema, name=plan.fresh)
        reach("rows loaded")
    with progress.step("Migrations"), current_connection().restored():
        call_command("migrate_schemas", schema_name=plan.fresh, verbosity=0)
        reach("migrated")


def _switch(archive: Archive, plan: _Plan) -> str:
    place_media(media_folder(plan.fresh), plan.target)
    with transaction.atomic():
        switching.quieten(plan.fresh, archive.manifest.taken_at)
        rebind_keys(plan.fresh, former=plan.fresh, name=plan.target)
        switching.drop_schemas(switching.kept_name(plan.target))  # before anybody waits for us
        if plan.present:
            if switching.schema_exists(plan.target):  # else it was lost, and there is nothing
                switching.lock_all(plan.target)
                switching.take_over(plan.fresh, plan.target)
            update_settings(plan.present, plan.cooperative)
        else:
            add_cooperative(plan.cooperative, plan.hosts)
        kept = switching.exchange(plan.fresh, plan.target)
        secure_cooperative(plan.target)
        switching.restart_trail(plan.target, archive.manifest.taken_at)
        reset_login(plan.target)
        reach("about to commit")
    reach("committed")
    sync_folder(Path(settings.MEDIA_ROOT))
    return kept


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Held by a session of its own, so that it ends with this process, however that ends."""
    with owner_session(autocommit=True) as session:
        [(is_ours,)] = session.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchall()
        if not is_ours:
            raise BackupError("Another restore is running. Wait until it has ended.")
        yield


def _clear_leftovers() -> None:
    """Remove what a killed restore made, and the files it moved for a co-op that never came."""
    switching.drop_schemas(*(name for name in _schemas() if _OURS.match(name)))
    root, ours = Path(settings.MEDIA_ROOT), set(cooperative_schemas())
    for folder in root.glob(f"{_RESTORING}*") if root.is_dir() else ():
        if not _OURS.match(folder.name):
            continue
        wanted = f"c_{folder.name.removeprefix(_RESTORING)}"
        if wanted not in ours:
            shutil.rmtree(root / wanted, ignore_errors=True)
        shutil.rmtree(folder)


def _schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace")
        return {name for (name,) in cursor.fetchall()}


def forget_replaced(cooperative: Cooperative) -> bool:
    """Drop what the last restore of this co-op replaced; False when there was nothing."""
    kept = switching.kept_name(cooperative.schema_name)
    found = switching.schema_exists(kept)
    switching.drop_schemas(kept)
    return found
