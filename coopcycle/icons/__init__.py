"""Lucide icons (ISC licence, LICENSE-lucide.txt), drawn into the page: no request, no flash.

`tools/vendor_icons.py` fills lucide.json.
"""

import json
from functools import cache
from pathlib import Path

from django.utils.html import escape

_FILE = Path(__file__).parent / "lucide.json"


@cache
def shapes() -> dict[str, str]:
    """Each icon's shapes, as SVG inside a 24 by 24 box."""
    icons: dict[str, str] = json.loads(_FILE.read_text())["icons"]
    return icons


def draw(name: str, *, label: str = "", css_class: str = "") -> str:
    """An icon as SVG. With a label it speaks for itself, without one it only repeats a word.

    Raises LookupError for a name that has not been taken in.
    """
    try:
        inner = shapes()[name]
    except KeyError:
        raise LookupError(f"No icon {name!r}: take it in with tools/vendor_icons.py.") from None
    classes = escape(f"icon {css_class}".strip())
    voice = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="{classes}" viewBox="0 0 24 24" {voice}>{inner}</svg>'
