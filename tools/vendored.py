"""Write the checksums of static/vendor/vendor.json again, after a file was replaced on purpose."""

import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "static" / "vendor" / "vendor.json"


def main() -> None:
    content = json.loads(LIST.read_text())
    for package in content["packages"]:
        for path in package["files"]:
            package["files"][path] = hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
    LIST.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
