"""The file of a backup: a plain tar with its manifest at the end.

It is written under another name and renamed when all of it is on the disk; cut off anywhere, the
manifest is what is missing. Every part has its SHA-256 in the manifest, and the manifest its own.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tenants.backup.errors import BackupError
from tenants.backup.manifest import Manifest, Part

DUMP, SHARED, MEDIA = "dump.sql.gz", "shared.json", "media/"
_MANIFEST, _SEAL = "manifest.json", "manifest.sha256"
_CHUNK = 1 << 20
_MEDIA_NAME = re.compile(r"media(/(?!\.{1,2}(/|\Z))[^/\0]+)+\Z")  # nothing that climbs out


class _Readable(Protocol):
    """All that tarfile asks of a file that it copies."""

    def read(self, size: int = -1, /) -> bytes: ...


class ArchiveWriter:
    """Parts of a backup, one after the other."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.parts: dict[str, Part] = {}

    def add_bytes(self, name: str, content: bytes) -> None:
        self.parts[name] = Part(hashlib.sha256(content).hexdigest(), len(content))
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """Hashed as it is written: what stands in the manifest is what is in the tar."""
        with path.open("rb") as file:
            size, hashing = os.fstat(file.fileno()).st_size, _Hashing(file)
            self._add(name, hashing, size)
            self.parts[name] = Part(hashing.digest.hexdigest(), size)

    def close(self, manifest: Manifest) -> None:
        text = manifest.as_json()
        self._add(_SEAL, io.BytesIO(hashlib.sha256(text).hexdigest().encode()), 64)
        self._add(_MANIFEST, io.BytesIO(text), len(text))

    def _add(self, name: str, content: _Readable, size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, 0o600
        self._tar.addfile(entry, content)


class _Hashing:
    """A file that is hashed while somebody reads it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        return content


@contextmanager
def new_archive(path: Path, unfinished: Path) -> Iterator[ArchiveWriter]:
    """`path` is there, whole and on the disk, after the block; or not at all.

    `unfinished` is where it grows, on the same file system.
    """
    with unfinished.open("xb") as file:
        os.fchmod(file.fileno(), 0o600)  # all of a co-op is in it
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            yield ArchiveWriter(tar)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """A rename is safe when its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Archive:
    """A backup whose parts are all there and undamaged."""

    manifest: Manifest
    tar: tarfile.TarFile

    def open(self, name: str) -> IO[bytes]:
        found = self.tar.extractfile(name)
        if found is None:
            raise BackupError(f"The backup has no {name}.")
        return found

    def media(self) -> list[str]:
        """Names below the co-op's folder."""
        return [name.removeprefix(MEDIA) for name in self.manifest.parts if name.startswith(MEDIA)]


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Read all of a backup once, and refuse it unless it is whole and as it was written."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    try:
        tar = tarfile.open(path, "r:")  # noqa: SIM115 - closed by the next with
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _damaged(path, "it is not a tar file") from error
    with tar:
        yield Archive(_checked(path, tar), tar)


def _checked(path: Path, tar: tarfile.TarFile) -> Manifest:
    try:
        entries = {entry.name: entry for entry in tar.getmembers()}
        manifest = _manifest(entries, tar)
        found = {name: _measured(tar, entry) for name, entry in entries.items() if entry.isreg()}
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, "it is not whole, or not a backup of ours") from error
    for name, part in manifest.parts.items():
        if found.get(name) != part:
            raise _damaged(path, f"{name} is not as it was written")
        if name.startswith(MEDIA) and not _MEDIA_NAME.match(name):
            raise _damaged(path, f"{name} is not a name of ours")
    if strange := entries.keys() - manifest.parts.keys() - {_MANIFEST, _SEAL}:
        raise _damaged(path, f"{min(strange)} does not belong in it")
    if not {DUMP, SHARED} <= manifest.parts.keys():
        raise _damaged(path, "a part is missing")
    return manifest


def _manifest(entries: dict[str, tarfile.TarInfo], tar: tarfile.TarFile) -> Manifest:
    text, seal = (_content(tar, entries[name]) for name in (_MANIFEST, _SEAL))
    if hashlib.sha256(text).hexdigest().encode() != seal:
        raise ValueError("The manifest is not as it was written.")
    return Manifest.from_json(text)


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(entry)
    if file is None:
        raise ValueError(f"{entry.name} is no file.")
    return file.read()


def _measured(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Part:
    digest, size, file = hashlib.sha256(), 0, tar.extractfile(entry)
    while file and (chunk := file.read(_CHUNK)):
        digest.update(chunk)
        size += len(chunk)
    return Part(digest.hexdigest(), size)


def _damaged(path: Path, how: str) -> BackupError:
    return BackupError(f"{path} cannot be restored: {how}.")
