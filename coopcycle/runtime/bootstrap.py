"""Make `.venv` with the locked requirements. Standard library only: it runs before anything is installed.

    python3 coopcycle/runtime/bootstrap.py [base|dev]

Called by an older Python it looks for a newer one, so its syntax stays that of Python 3.8.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
VENV = CHECKOUT / ".venv"
STAMP = VENV / "installed-requirements"
OLDEST = (3, 12)
NEWEST_TRIED = (3, 14)
_PROBE = "import sys; print(sys.version_info[0], sys.version_info[1])"


class SetupError(Exception):
    """A sentence for the person who typed `make`."""


def main(arguments: list[str]) -> int:
    """Bring `.venv` up to date with requirements/base.txt, or dev.txt (which holds base as well)."""
    wanted = arguments[0] if arguments else "dev"
    os.chdir(CHECKOUT)
    try:
        if not _is_current(wanted):
            started = time.monotonic()
            _make_environment()
            _install(wanted)
            _compile_catalogues()
            _write_stamp(wanted)
            print(f"Environment is ready ({time.monotonic() - started:.0f} s).", flush=True)
        else:
            _compile_catalogues()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode or 1
    return 0


def _is_current(wanted: str) -> bool:
    """dev holds base, so an environment for dev serves both."""
    try:
        kind, digest = STAMP.read_text().split()
    except (OSError, ValueError):
        return False
    return _venv_python().exists() and (kind == wanted or kind == "dev") and digest == _digest(kind)


def _write_stamp(kind: str) -> None:
    STAMP.write_text(f"{kind} {_digest(kind)}\n")


def _digest(kind: str) -> str:
    return hashlib.sha256(_requirements(kind).read_bytes()).hexdigest()


def _requirements(kind: str) -> Path:
    return CHECKOUT / "requirements" / f"{kind}.txt"


def _venv_python() -> Path:
    return VENV / "bin" / "python"


def _make_environment() -> None:
    if _version(str(_venv_python())) >= OLDEST:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    python = _newest_python()
    if uv:
        print("Creating .venv with uv …", flush=True)
        _run([uv, "venv", "--quiet", "--python", python or "3.13", str(VENV)])
        return
    if python is None:
        raise SetupError(
            "Python 3.12 or newer is needed, and none was found. Install one (Debian, Ubuntu: "
            "apt-get install python3 python3-venv; macOS: brew install python), or uv, and try again."
        )
    print(f"Creating .venv with {python} …", flush=True)
    if subprocess.run(
        [python, "-c", "import venv, ensurepip"], capture_output=True, check=False
    ).returncode:
        raise SetupError(
            f"{python} cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv"
        )
    _run([python, "-m", "venv", str(VENV)])


def _newest_python() -> str | None:
    """The newest usable Python; a newer one than was tried only when there is no other."""
    minors = range(NEWEST_TRIED[1], OLDEST[1] - 1, -1)
    names = [f"python3.{minor}" for minor in minors] + [sys.executable, "python3"]
    for name in names:
        path = shutil.which(name)
        if path and _version(path) >= OLDEST:  # a shim may be there for a version that is not
            return path
    return None


def _version(python: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([python, "-c", _PROBE], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)
    return tuple(int(part) for part in done.stdout.split())


def _install(kind: str) -> None:
    print(f"Installing requirements/{kind}.txt …", flush=True)
    requirements = str(_requirements(kind))
    uv = shutil.which("uv")
    if uv:
        environment = {**os.environ, "VIRTUAL_ENV": str(VENV)}
        _run([uv, "pip", "sync", "--quiet", "--require-hashes", requirements], environment)
        return
    pip = [str(_venv_python()), "-m", "pip", "--disable-pip-version-check", "install"]
    _run([*pip, "--quiet", "--require-hashes", "--no-deps", "-r", requirements])


def _compile_catalogues() -> None:
    """Make the .mo files (not in git) with Babel, where a .po is newer; needs no GNU gettext."""
    for source in sorted(CHECKOUT.glob("locale/*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        files = ["-i", str(source), "-o", str(compiled)]
        language = source.parent.parent.name
        _run([str(VENV / "bin" / "pybabel"), "--quiet", "compile", "-l", language, *files])


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    subprocess.run(command, check=True, env=environment, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
