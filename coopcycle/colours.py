"""A co-op's own colour, as a style sheet.

The browser keeps the colour's hue and sets lightness and chroma itself (static/css/tokens.css), so
text on it stays readable whatever is chosen. Browsers without relative colours get the same
results worked out here.
"""

import hashlib
import math
import re
from collections.abc import Mapping

from django.urls import reverse

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_OLD_BROWSERS = "@supports not ((color: light-dark(red, red)) and (color: oklch(from red l c h)))"
# name: lightness and the most chroma, as in tokens.css (light theme)
_SHADES = {
    "brand": (0.42, 0.10),
    "brand-hover": (0.35, 0.09),
    "brand-tint": (0.94, 0.019),
    "brand-line": (0.80, 0.06),
}
_RELATIVE = "--brand: light-dark(oklch(from var(--coop) 0.42 min(c, 0.10) h), oklch(from var(--coop) 0.81 min(c, 0.075) h));"


def sheet_for(colour: str) -> str:
    """The sheet of one co-op: its colour, and shades for old browsers.

    Raises ValueError for anything but #rrggbb, so that no other CSS can get in.
    """
    return f":root {{ --coop: {parsed(colour)}; }}\n{_OLD_BROWSERS} {{ :root {{ {_fallback(colour)} }} }}\n"


def sheet_for_list(colours: Mapping[str, str]) -> str:
    """Colours by slug, for a page that shows several co-ops: `data-cooperative="slug"`."""
    modern = "\n".join(
        f'[data-cooperative="{slug}"] {{ --coop: {parsed(colour)}; {_RELATIVE} }}'
        for slug, colour in colours.items()
    )
    old = "\n".join(
        f'[data-cooperative="{slug}"] {{ {_fallback(colour)} }}' for slug, colour in colours.items()
    )
    return f"{modern}\n{_OLD_BROWSERS} {{\n{old}\n}}\n"


def preview_sheet(colour: str) -> str:
    """The colour for examples of it alone: what has `data-colour-preview`. Raises ValueError."""
    scope = "[data-colour-preview]"
    return f"{scope} {{ --coop: {parsed(colour)}; }}\n{_OLD_BROWSERS} {{ {scope} {{ {_fallback(colour)} }} }}\n"


def sheet_url(sheet: str) -> str:
    """The sheet's address. It names the content, so a browser may keep it for ever."""
    return f"{reverse('coop-stylesheet')}?v={fingerprint(sheet)}"


def fingerprint(sheet: str) -> str:
    return hashlib.sha256(sheet.encode()).hexdigest()[:12]


def parsed(colour: str) -> str:
    if not _HEX.fullmatch(colour):
        raise ValueError(f"{colour!r} is not a colour of the form #rrggbb.")
    return colour.lower()


def _fallback(colour: str) -> str:
    chroma, hue = _chroma_and_hue(parsed(colour))
    shades = (
        f"--{name}: {_to_hex(lightness, min(chroma, most), hue)};"
        for name, (lightness, most) in _SHADES.items()
    )
    return f"--coop: {parsed(colour)}; {' '.join(shades)}"


def _chroma_and_hue(colour: str) -> tuple[float, float]:
    """OKLCH of an sRGB colour (Ottosson's matrices); hue in radians."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return math.hypot(a, b), math.atan2(b, a)


def _to_hex(lightness: float, chroma: float, hue: float) -> str:
    """sRGB of an OKLCH colour; what a screen cannot show is clipped."""
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * min(1, max(0, _curved(value)))):02x}" for value in channels)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _curved(value: float) -> float:
    return (
        12.92 * value
        if value <= 0.0031308
        else 1.055 * math.copysign(abs(value) ** (1 / 2.4), value) - 0.055
    )
