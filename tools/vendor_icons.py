"""Take Lucide icons into coopcycle/icons/lucide.json.

Run: python tools/vendor_icons.py DIRECTORY [NAME …] where DIRECTORY is an unpacked `lucide-static`
package. Names already taken are taken again; further names are added.
"""

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "coopcycle" / "icons" / "lucide.json"


def shapes(svg: str) -> str:
    """The shapes inside an icon, its plain paths joined to one."""
    inner = re.sub(r"<!--.*?-->", "", svg, flags=re.S)
    inner = re.search(r"<svg[^>]*>(.*)</svg>", inner, flags=re.S)[1]  # type: ignore[index]
    elements = re.findall(r"<[^>]+/>", inner)
    joined, others = "", ""
    for element in elements:
        plain = re.fullmatch(r'<path\s+d="([^"]+)"\s*/>', element)
        if plain:
            joined += absolute_start(plain[1])
        else:
            others += re.sub(r"\s+", " ", element).replace(" />", "/>")
    return (f'<path d="{joined}"/>' if joined else "") + others


def absolute_start(path: str) -> str:
    """A path that may follow another: its first `m` is a place on the grid, what follows stays relative."""
    number = r"-?(?:\d+\.?\d*|\.\d+)"
    start = re.match(rf"m({number})[ ,]?({number})\s*(.*)", path, flags=re.S)
    if not start:
        return path
    rest = start[3]
    return f"M{start[1]} {start[2]}{'l' if rest[:1] in '-.0123456789' and rest else ''}{rest}"


def main(package: Path, names: list[str]) -> None:
    version = json.loads((package / "package.json").read_text())["version"]
    known = json.loads(TARGET.read_text())["icons"] if TARGET.exists() else {}
    icons = {
        name: shapes((package / "icons" / f"{name}.svg").read_text())
        for name in sorted({*known, *names})
    }
    content = {"source": "lucide-static", "version": version, "licence": "ISC", "icons": icons}
    TARGET.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
