"""The front end without a build step: style sheets joined to one file, modules named by an import map."""

import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage
from django.templatetags.static import static

STATIC_DIR = Path(settings.BASE_DIR) / "static"
JOINED_SHEET = "css/app.css"


def sheets() -> list[Path]:
    """The style sheets of every page, in order. Layers decide who wins, so components need no order."""
    css = STATIC_DIR / "css"
    first = [css / f"{name}.css" for name in ("fonts", "tokens", "base", "layout")]
    return [*first, *sorted((css / "components").glob("*.css")), css / "print.css"]


def join_sheets() -> str:
    """All sheets as one text: one request on a first visit instead of forty."""
    return "\n".join(sheet.read_text() for sheet in sheets())


class JoinedSheetFinder(BaseFinder):
    """Serves and collects css/app.css, written again whenever one of its parts is newer."""

    def __init__(self) -> None:
        self.root = Path(settings.VAR_DIR) / "joined"
        self.storage = FileSystemStorage(location=self.root)

    def check(self, **kwargs: object) -> list[object]:  # type: ignore[override]
        return []

    def find(self, path: str, find_all: bool = False) -> str | list[str]:  # type: ignore[override]
        if path != JOINED_SHEET:
            return []
        found = str(self._written())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        self._written()
        yield JOINED_SHEET, self.storage

    def _written(self) -> Path:
        target = self.root / JOINED_SHEET
        newest = max(part.stat().st_mtime for part in [*sheets(), STATIC_DIR / "css/components"])
        if not target.exists() or target.stat().st_mtime < newest:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=target.parent)
            with os.fdopen(handle, "w") as sheet:
                sheet.write(join_sheets())
            os.chmod(draft, 0o644)
            os.replace(draft, target)  # at once, so that no reader sees half a sheet
        return target


def module_path(name: str) -> str:
    """The static path of one of our modules."""
    return f"js/{name}.js"


def modules() -> list[str]:
    """Our modules by name: js/board/drag.js is "board/drag"."""
    root = STATIC_DIR / "js"
    return sorted(str(file.relative_to(root).with_suffix("")) for file in root.rglob("*.js"))


def import_map() -> str:
    """JSON of an import map. A name that is not in it cannot be imported: it is the list of what may run."""
    return _made_import_map() if settings.DEBUG else _kept_import_map()


def _made_import_map() -> str:
    imports = {f"app/{name}": static(module_path(name)) for name in modules()}
    imports |= {name: static(path) for name, path in VENDORED_MODULES.items()}
    return json.dumps({"imports": imports}).replace("<", "\\u003c")


_kept_import_map = cache(_made_import_map)  # names of files change with a release only

VENDORED_MODULES = {
    "leaflet": "vendor/leaflet/leaflet.js",
}
