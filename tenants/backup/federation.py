"""Bring back what all co-ops share: only into an installation where nobody is yet."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection, transaction

from coopcycle.runtime.progress import Progress
from tenants.backup import manifest as kinds
from tenants.backup import switching
from tenants.backup.archive import DUMP, Archive, open_archive
from tenants.backup.errors import BackupError
from tenants.backup.loading import load_dump
from tenants.models import Cooperative

# Co-ops come into the list with their own backups; until then none must seem to be there.
_NO_COOPERATIVES = "DELETE FROM public.tenants_domain; DELETE FROM public.tenants_cooperative"


def is_of_federation(path: Path) -> bool:
    """Whether a backup holds the shared tables, by its name alone; its manifest is asked later."""
    return path.name.startswith("federation--")


def restore_federation(path: Path, *, progress: Progress) -> None:
    """Replace the shared tables of an empty installation by those of the backup.

    Killed between the rows and their rights, `manage.py migrate` finishes it.
    """
    with open_archive(path) as archive:
        if archive.manifest.kind != kinds.FEDERATION:
            raise BackupError(f"{path} is not the backup of what co-ops share.")
        archive.manifest.refuse_newer_tables()
        _refuse_people()
        with progress.step("Shared tables"):
            _load(archive)
        with progress.step("Migrations and rights"):
            call_command("migrate_schemas", shared=True, verbosity=0)
            with transaction.atomic():
                switching.quieten("public", archive.manifest.taken_at)


def _refuse_people() -> None:
    if Cooperative.objects.exists() or get_user_model().objects.exists():
        raise BackupError(
            "There are co-ops or people of the federation here already. What co-ops share comes"
            " back only into an empty installation; restore the co-ops one by one instead."
        )


def _load(archive: Archive) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('DROP TABLE %I CASCADE;', relname) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' UNION ALL"
            " SELECT format('DROP FUNCTION %s CASCADE;', oid::regprocedure) FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS"
            " (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
        )
        empty = "".join(line for (line,) in cursor.fetchall())
    connection.close()  # the tables go on another session
    load_dump(
        archive.open(DUMP),
        archive.manifest,
        "public",
        before=f"SET search_path = public; {empty}",
        after=_NO_COOPERATIVES,
    )
