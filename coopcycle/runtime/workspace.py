"""The files that belong to one checkout and to no commit: `var/`, with its data and secrets."""

import fcntl
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class BusyError(RuntimeError):
    """Another process already works in this folder."""


def is_ours(folder: str | Path) -> bool:
    """Whether a package is of this checkout, and no library that is installed in it."""
    path = Path(folder)
    return path.is_relative_to(CHECKOUT) and not path.is_relative_to(sys.prefix)


def var_dir() -> Path:
    """The checkout's own data folder; `VAR_DIR` moves it."""
    return Path(os.environ.get("VAR_DIR") or CHECKOUT / "var").resolve()


def kept_secret(folder: Path, name: str) -> str:
    """The secret `name` of `folder`: made once, read by its owner alone."""
    path = folder / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    value = secrets.token_hex(32)
    with os.fdopen(descriptor, "w") as file:
        file.write(value)
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


@contextmanager
def sole_user(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process. Raises `BusyError` when another one does; ends with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"{folder} is in use by another process of this checkout.") from error
        yield
