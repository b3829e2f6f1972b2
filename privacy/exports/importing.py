"""An export opened as a co-op of its own: all of it in one transaction, or nothing."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql

from coopcycle.errors import DomainError
from privacy.exports.cooperative import FILES, FORMAT, MANIFEST, ROWS, SETTINGS
from privacy.exports.tables import count_on, load_lines, models_taken
from tenants.context import in_cooperative
from tenants.models import Cooperative
from tenants.provisioning import create_cooperative

MOST_BYTES = 20_000_000_000  # unpacked; a zip of a few megabytes can claim any size
_FILE = re.compile(r"[a-z]+/[0-9a-f]{32}(\.[a-z0-9]{1,8})?\Z")  # as coopcycle/storage.py names them


class ImportRefusedError(Exception):
    """This is not an export of ours, or not whole; the message says why. Nothing was changed."""


def import_cooperative(path: Path, *, slug: str, host: str = "", name: str = "") -> Cooperative:
    """Open a co-op with all that the file holds. Raises ImportRefusedError or DomainError."""
    try:
        with zipfile.ZipFile(path) as archive:
            settings = _checked_settings(archive)
            settings |= {"slug": slug, "name": name or settings["name"]}
            cooperative = create_cooperative(
                **settings, host=host, first_steps=[lambda _new: _load(archive)]
            )
            with in_cooperative(cooperative):
                _load_files(archive)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ImportRefusedError(f"{path} cannot be imported: {error}") from error
    return cooperative


def _checked_settings(archive: zipfile.ZipFile) -> dict[str, Any]:
    manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise ImportRefusedError("This export was made by another version.")
    if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
        raise ImportRefusedError("This export is too large.")
    expected = {model._meta.label for model in models_taken()}
    if manifest["rows"].keys() != expected:
        strange = min(manifest["rows"].keys() ^ expected)
        raise ImportRefusedError(f"{strange} is not in both this version and the export.")
    settings: dict[str, Any] = json.loads(archive.read(SETTINGS))
    fields = {field.attname: field for field in Cooperative._meta.concrete_fields}
    return {key: fields[key].to_python(value) for key, value in settings.items() if key in fields}


def _load(archive: zipfile.ZipFile) -> None:
    """Replace the first rows of the new co-op. Keys that point elsewhere are checked at the commit."""
    counts = json.loads(archive.read(MANIFEST))["rows"]
    taken = models_taken()
    with connection.cursor() as cursor:
        tables = sql.SQL(", ").join(sql.Identifier(model._meta.db_table) for model in taken)
        cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(tables))
    for model in taken:
        loaded = load_lines(model, _lines(archive, f"{ROWS}{model._meta.label}.jsonl"))
        if loaded != counts[model._meta.label]:
            raise DomainError(f"{model._meta.label} is not whole in this export.")
        count_on(model)


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    with archive.open(name) as file:
        yield from io.TextIOWrapper(file, encoding="utf-8", newline="\n")


def _load_files(archive: zipfile.ZipFile) -> None:
    """Files keep the names that rows have. Anything that is not such a name is left."""
    root = Path(default_storage.path(""))
    for entry in archive.infolist():
        name = entry.filename.removeprefix(FILES)
        if name == entry.filename or not _FILE.match(name):
            continue
        target = root / name
        target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as copy:
            for chunk in File(source).chunks():
                copy.write(chunk)
