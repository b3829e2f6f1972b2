"""The catalogues of texts: collect them (`make messages`), or check that they are whole (`--check`)."""

import argparse
import subprocess
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from coopcycle.runtime.workspace import CHECKOUT

LANGUAGES = ("fr",)  # English is the source
_SHOWN = 20
type Key = tuple[str | None, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="change nothing; fail on a hole or a difference"
    )
    asked = parser.parse_args()
    paths = [catalogue_path(language) for language in LANGUAGES]
    if not asked.check:
        collect()
        return 0
    before = {path: path.read_bytes() if path.exists() else None for path in paths}
    try:
        collect()
        problems = [line for path in paths for line in compare(path, before[path])]
    finally:
        for path, content in before.items():
            _restore(path, content)
    for line in problems[:_SHOWN]:
        print(line)
    if len(problems) > _SHOWN:
        print(f"… and {len(problems) - _SHOWN} more")
    return 1 if problems else 0


def catalogue_path(language: str) -> Path:
    return CHECKOUT / "locale" / language / "LC_MESSAGES" / "django.po"


def collect() -> None:
    """Django's makemessages for every language, over our own files only."""
    (CHECKOUT / "locale").mkdir(exist_ok=True)
    languages = [f"--locale={language}" for language in LANGUAGES]
    ignored = [
        f"--ignore={name}" for name in (".venv", "var", "tests", "benchmarks", "node_modules")
    ]
    shape = ["--add-location=file", "--no-obsolete", "--no-wrap"]
    subprocess.run(
        [
            sys.executable,
            "manage.py",
            "makemessages",
            "--verbosity=0",
            *languages,
            *ignored,
            *shape,
        ],
        cwd=CHECKOUT,
        check=True,
    )


def compare(path: Path, before: bytes | None) -> list[str]:
    """Texts that the committed catalogue lacks, has too many, or has without a finished translation."""
    name = path.relative_to(CHECKOUT)
    if before is None:
        return [f"{name} is missing: run `make messages` and translate it"]
    fresh, kept = (
        _messages(read_po(path.open("rb"))),
        _messages(read_po(before.splitlines(keepends=True))),
    )
    lines = [f"{name}: not collected: {key[1]!r}" for key in fresh.keys() - kept.keys()]
    lines += [f"{name}: used no more: {key[1]!r}" for key in kept.keys() - fresh.keys()]
    lines += [
        f"{name}: not translated: {key[1]!r}"
        for key, message in kept.items()
        if not _is_done(message)
    ]
    return sorted(lines)


def _messages(catalogue: Catalog) -> dict[Key, Message]:
    return {(message.context, _source(message)): message for message in catalogue if message.id}


def _source(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _is_done(message: Message) -> bool:
    translations = [message.string] if isinstance(message.string, str) else message.string or ()
    return not message.fuzzy and len(translations) > 0 and all(translations)


def _restore(path: Path, content: bytes | None) -> None:
    if content is not None:
        path.write_bytes(content)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
