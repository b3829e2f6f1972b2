"""A whole co-op in open formats: JSON lines for programs, CSV for people, files, and what all means."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any

import defusedcsv.csv as csv
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import FileField, Model

from privacy.exports.tables import lines_of, models_taken
from tenants.models import Cooperative

FORMAT = 1
MANIFEST, SETTINGS, README = "manifest.json", "cooperative.json", "README.md"
ROWS, SHEETS, FILES = "rows/", "sheets/", "files/"


def write_cooperative(archive: zipfile.ZipFile, cooperative: Cooperative, *, at: datetime) -> None:
    """Write the active co-op. All tables are of one moment; files are those that its rows name."""
    taken = models_taken()
    counts, digests = {}, {}
    with transaction.atomic():
        _freeze()
        archive.writestr(SETTINGS, _settings(cooperative))
        archive.writestr(README, "\n".join(_readme(taken)))
        for model in taken:
            name = model._meta.label
            with _part(archive, f"{ROWS}{name}.jsonl") as part:
                counts[name] = sum(part.write_line(line) for line in lines_of(model))
            digests[name] = part.digest.hexdigest()
            with _part(archive, f"{SHEETS}{name}.csv") as part:
                _write_sheet(part, model)
        for model in taken:
            for name in _file_names(model):
                with default_storage.open(name) as source, _part(archive, f"{FILES}{name}") as part:
                    for chunk in source.chunks():
                        part.write(chunk)
    manifest = {"format": FORMAT, "taken_at": at, "rows": counts, "sha256": digests}
    archive.writestr(MANIFEST, json.dumps(manifest, cls=DjangoJSONEncoder, indent=1))


class _Part:
    """One member of the zip, hashed as it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def write(self, content: bytes) -> None:
        self._file.write(content)
        self.digest.update(content)

    def write_line(self, line: str) -> int:
        self.write(f"{line}\n".encode())
        return 1


@contextmanager
def _part(archive: zipfile.ZipFile, name: str) -> Iterator[_Part]:
    with archive.open(name, "w", force_zip64=True) as file:
        yield _Part(file)


def _freeze() -> None:
    """One moment for all tables, unless somebody's transaction has begun already (in tests)."""
    if not connection.in_atomic_block or connection.savepoint_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _write_sheet(part: _Part, model: type[Model]) -> None:
    """The same rows as a table for spreadsheet programs; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.attname for field in model._meta.concrete_fields])
    part.write("\ufeff".encode())
    for line in lines_of(model):
        writer.writerow([_cell(value) for value in json.loads(line).values()])
        part.write(text.getvalue().encode())
        text.seek(0)
        text.truncate()
    part.write(text.getvalue().encode())


def _cell(value: Any) -> str:
    """As text. Some programs skip a tab or a line break and read a formula behind it: the writer
    minds the signs alone."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    text = str(value)
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") else text


def _file_names(model: type[Model]) -> Iterator[str]:
    for field in model._meta.concrete_fields:
        if isinstance(field, FileField):
            named = model._default_manager.exclude(**{field.name: ""}).order_by("pk")
            for name in named.values_list(field.name, flat=True):
                if default_storage.exists(name):
                    yield name


def _settings(cooperative: Cooperative) -> str:
    """The co-op's own row of the shared tables, as it opens elsewhere."""
    kept = {
        field.attname: field.value_from_object(cooperative)
        for field in Cooperative._meta.concrete_fields
        if field.attname not in {"id", "schema_name", "is_active", "created_at", "settings_version"}
    }
    return json.dumps(kept, cls=DjangoJSONEncoder, indent=1, ensure_ascii=False)


def _readme(taken: list[type[Model]]) -> Iterator[str]:
    yield "# All data of a co-op"
    yield ""
    yield "`rows/` has one file a table, one JSON object a line (UTF-8); times are UTC, money is in"
    yield "whole cents, ids hold the tables together. `sheets/` has the same as CSV for spreadsheet"
    yield "programs: a cell that would be a formula begins with an apostrophe. `files/` are photos."
    yield "`cooperative.json` has the settings. `manage.py import_cooperative` opens a co-op of it."
    yield ""
    yield "Not in it: passwords (people ask for a new one), second factors, signed-in browsers, the"
    yield "texts of mails. Mails that wait are sent where they were written, not where this is opened."
    for model in taken:
        yield ""
        yield f"## {model._meta.label}"
        if doc := (model.__doc__ or "").strip().splitlines():
            yield doc[0].strip()
        yield ""
        yield "| field | type | |"
        yield "|---|---|---|"
        for field in model._meta.concrete_fields:
            told = f"→ {field.related_model._meta.label}" if field.related_model else ""
            yield f"| {field.attname} | {field.get_internal_type()} | {told} |"
