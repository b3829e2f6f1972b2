"""A device in words: what a browser says of itself, shortened to what its owner recognises.

No library: a dozen names are enough to tell one's phone from the computer in the kitchen, and what
isn't known is not guessed.
"""

import re

# First match wins: others call themselves Chrome or Safari, too.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
_PHONES = frozenset({"iPhone", "iPad", "Android"})


def device_of(agent: str) -> str:
    """“Firefox · Android”; empty when nothing is recognised."""
    return " · ".join(filter(None, (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))))


def is_handheld(device: str) -> bool:
    """Whether these words name a phone or tablet: for the picture beside it."""
    return device.rpartition(" · ")[2] in _PHONES


def _first(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((word for sign, word in names if re.search(re.escape(sign), agent)), "")
