"""What the tests need and no wheel brings: a browser, PDF libraries, a font, GNU gettext.

Installed where apt and the right are there; else one line names the command.
"""

import ctypes.util
import os
import shutil
import subprocess
import sys
from pathlib import Path


def missing_packages() -> list[str]:
    """Debian's names of what is not there."""
    libraries = {
        "libpango-1.0-0": "pango-1.0",
        "libpangoft2-1.0-0": "pangoft2-1.0",
        "libharfbuzz-subset0": "harfbuzz-subset",
    }
    missing = [package for package, name in libraries.items() if not ctypes.util.find_library(name)]
    if not (os.environ.get("CHROMIUM") or shutil.which("chromium")):
        missing.append("chromium")
    if not shutil.which("xgettext"):
        missing.append("gettext")
    if not _has_font():
        missing.append("fonts-dejavu-core")
    return missing


def main() -> int:
    missing = missing_packages()
    if not missing:
        return 0
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing {', '.join(missing)} …", flush=True)
        if _install(command):
            return 0
    print(f"Some tests need more: sudo {' '.join(command)}", flush=True)
    return 0


def _install(command: list[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for each in (["apt-get", "update", "--quiet=2"], [*command, "--quiet=2"]):
        done = subprocess.run(
            each,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            print(done.stdout[-2000:], flush=True)
            return False
    return True


def _has_font() -> bool:
    folders = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")
    return any(next(Path(folder).rglob("*.[to]t[fc]"), None) for folder in folders)


if __name__ == "__main__":
    sys.exit(main())
