"""`make licences`: write docs/licences.md, what we run on and under which licence.

python -m coopcycle.runtime.licences --check    fails for a licence that nobody allowed, and for a
                                                library that the list does not name
"""

import json
import re
import subprocess
import sys

from coopcycle.runtime.workspace import CHECKOUT

LIST = CHECKOUT / "docs" / "licences.md"
# All may be used, changed and passed on together with a program under another licence.
ALLOWED = (
    "0BSD",
    "Apache",
    "BSD",
    "ISC",
    "LGPL",
    "GNU Lesser General Public License",
    "MIT",
    "MPL",
    "Mozilla Public License",
    "OFL",
    "PSF",
    "Python Software Foundation",
    "Unlicense",
)
_HEAD = """# What we run on, and its licences

Written by `make licences`; `make lint` fails for a licence that is not allowed, and for a library
that is missing here. Development tools are not passed on and not listed. A bill of materials with
versions and hashes: `make sbom` (CycloneDX).

| library | version | licence |
|---|---|---|
"""
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.M)

type Row = tuple[str, str, str]  # name, version, licence


def rows() -> list[Row]:
    """The libraries of requirements/base.txt that are installed here, and the vendored files."""
    pinned = {_key(name) for name, _ in _PINNED.findall(_requirements())}
    command = [f"{sys.prefix}/bin/pip-licenses", "--from=mixed", "--format=json"]
    found = json.loads(subprocess.check_output(command, text=True))
    libraries = [
        (row["Name"], row["Version"], row["License"])
        for row in found
        if _key(row["Name"]) in pinned
    ]
    vendored = json.loads((CHECKOUT / "static" / "vendor" / "vendor.json").read_text())
    files = [(row["name"], row["version"], row["licence"]) for row in vendored["packages"]]
    return sorted(libraries, key=lambda row: row[0].lower()) + files


def faults() -> list[str]:
    """What is wrong with a library's licence or with the list, a sentence each."""
    listed = LIST.read_text()
    return [
        *(
            f"{name}: nobody allowed its licence, {licence}."
            for name, _, licence in rows()
            if not is_allowed(licence)
        ),
        *(
            f"{name} {version} is not in docs/licences.md: run `make licences`."
            for name, version, _ in rows()
            if f"| {name} | {version} |" not in listed
        ),
    ]


def is_allowed(licence: str) -> bool:
    """Of several licences (`A; B`, `A OR B`) one that is allowed is enough; of `A AND B` each."""
    return any(
        all(any(known in part for known in ALLOWED) for part in choice.split(" AND "))
        for choice in re.split(r"; | OR ", licence)
    )


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        found = faults()
        print("\n".join(found))
        return 1 if found else 0
    lines = (f"| {name} | {version} | {licence} |\n" for name, version, licence in rows())
    LIST.write_text(_HEAD + "".join(lines))
    return 0


def _requirements() -> str:
    return (CHECKOUT / "requirements" / "base.txt").read_text()


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
