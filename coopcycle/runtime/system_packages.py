"""What the tests need and no wheel brings: a browser, PDF libraries, a font, GNU gettext, Docker Compose.

Installed where apt and the right are there; else a line names the command. Named packages (as
Debian calls them) are looked after alone: lint needs `gettext`, and no browser.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_BROWSERS_ELSEWHERE = (  # of macOS, and what `playwright install chromium` has brought
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome",
    "~/Library/Caches/ms-playwright/chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)


class Need(NamedTuple):
    """Something of the system, with its packages; an empty name: that system's packages have none."""

    is_there: Callable[[], bool]
    debian: str
    ubuntu: str
    homebrew: str


def find_chromium() -> str | None:
    """The browser's program: `CHROMIUM`, one on the path, an app of macOS, or Playwright's own."""
    if named := os.environ.get("CHROMIUM"):
        return named
    if found := next(filter(None, map(shutil.which, _BROWSERS)), None):
        return found
    places = [Path(place).expanduser() for place in _BROWSERS_ELSEWHERE]
    apps = (path for place in places for path in Path("/").glob(str(place.relative_to("/"))))
    return next((str(path) for path in apps if os.access(path, os.X_OK)), None)


def find_docker_compose() -> list[str] | None:
    """The command that reads a compose file, as a program of its own or a part of docker."""
    for command in (["docker-compose"], ["docker", "compose"]):
        if shutil.which(command[0]) and _succeeds([*command, "version"]):
            return command
    return None


def _has_library(name: str) -> bool:
    return ctypes.util.find_library(name) is not None


def _has_font() -> bool:
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")
    return any(next(Path(folder).rglob("*.[to]t[fc]"), None) for folder in folders)


_PANGO = [
    Need(partial(_has_library, name), package, package, "pango")
    for name, package in (
        ("pango-1.0", "libpango-1.0-0"),
        ("pangoft2-1.0", "libpangoft2-1.0-0"),
        ("harfbuzz-subset", "libharfbuzz-subset0"),
    )
]
NEEDS = (
    *_PANGO,
    Need(lambda: find_chromium() is not None, "chromium", "", ""),  # Ubuntu has it as a snap alone
    Need(lambda: shutil.which("xgettext") is not None, "gettext", "gettext", "gettext"),
    Need(_has_font, "fonts-dejavu-core", "fonts-dejavu-core", "font-dejavu"),
    Need(
        lambda: find_docker_compose() is not None,
        "docker-compose",
        "docker-compose-v2",
        "docker-compose",
    ),
)


def main() -> int:
    named = sys.argv[1:]
    missing = [
        need for need in NEEDS if (not named or need.debian in named) and not need.is_there()
    ]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = _packages(missing)
        print(f"Installing {', '.join(packages)} …", flush=True)
        _apt_install(packages)
        missing = [need for need in missing if not need.is_there()]
    for command in commands_for(missing):
        print(f"Something is missing that a check needs: {command}", flush=True)
    return 0


def commands_for(missing: list[Need]) -> list[str]:
    """What a person types to get what is missing on this system."""
    commands = []
    if packages := _packages(missing):
        install = "brew install" if sys.platform == "darwin" else "sudo apt-get install --yes"
        commands.append(f"{install} {' '.join(packages)}")
    if any(not _package(need) for need in missing):
        with_libraries = "" if sys.platform == "darwin" else "--with-deps "
        commands.append(f".venv/bin/playwright install {with_libraries}chromium")
    return commands


def _packages(needs: list[Need]) -> list[str]:
    return list(dict.fromkeys(package for need in needs if (package := _package(need))))


def _package(need: Need) -> str:
    if sys.platform == "darwin":
        return need.homebrew
    return need.ubuntu if _is_ubuntu() else need.debian


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in f"\n{release.read_text()}"


def _apt_install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", "--quiet=2", *packages]
    for command in (["apt-get", "update", "--quiet=2"], install):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-2000:], flush=True)
            return


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
