"""A co-op's files on their way back.

They are written to a folder of their own first. Names are random and files never change, so they
can then be moved among the present ones: no row of the present co-op names them.
"""

import os
import shutil
from pathlib import Path

from django.conf import settings

from tenants.backup.archive import MEDIA, Archive


def stage_media(archive: Archive, folder: Path) -> None:
    """Write all files of the backup below `folder`."""
    folder.mkdir(mode=0o750, parents=True)
    for name in archive.media():
        path = folder / name
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with archive.open(f"{MEDIA}{name}") as source, path.open("xb") as file:
            shutil.copyfileobj(source, file)
            os.fchmod(file.fileno(), 0o640)
            file.flush()
            os.fsync(file.fileno())


def place_media(folder: Path, schema: str) -> None:
    """Move all staged files to where the co-op `schema` looks for them; `folder` stays, empty."""
    home = media_folder(schema)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            target = home / path.relative_to(folder)
            target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            path.replace(target)


def media_folder(schema: str) -> Path:
    """Where coopcycle/storage.py keeps a co-op's files; also of a schema that is on its way."""
    return Path(settings.MEDIA_ROOT) / schema
