"""Where files are kept: uploads in a folder of their co-op, static files under hashed names."""

import os
import re
import secrets
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from coopcycle.current import require_schema


class CooperativeFileStorage(FileSystemStorage):
    """Files below MEDIA_ROOT/<schema>/, under random names.

    Refuses to work without a co-op. Files have no address: each kind is given out by a view
    with a rule.
    """

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o640, directory_permissions_mode=0o750)

    @property
    def base_location(self) -> str:  # not cached: it follows the co-op
        return str(Path(settings.MEDIA_ROOT) / require_schema())

    @property
    def location(self) -> str:
        return os.path.abspath(self.base_location)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The folder asked for and a random name; of the sender's name only a plain suffix stays."""
        given = PurePosixPath(str(name).replace("\\", "/"))
        suffix = given.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", given.suffix) else ""
        return str(given.parent / f"{secrets.token_hex(16)}{suffix}")

    def _save(self, name: str, content: "File[bytes]") -> str:
        """On the disk before a row names it; where there is no room, not even half of it is left."""
        path = Path(self.path(name))
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]  # the stubs lack it
            with path.open("rb") as file:
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return saved

    def url(self, name: str | None) -> str:
        raise ValueError("Uploaded files have no public address.")


class HashedStaticStorage(CompressedManifestStaticFilesStorage):
    """Static files kept by browsers for ever; imports between ES modules get the hashed names."""

    support_js_module_import_aggregation = True
