"""Every pair of tokens that carries text or a mark is readable, in both themes and for any co-op colour."""

import pytest
from django.conf import settings

STATES = ["unassigned", "assigned", "progress", "done", "failed", "late"]
SURFACES = ["sheet", "paper", "sunken", "brand-tint", "clay-tint", "raised"]
TEXT = [
    *((ink, surface) for ink in ("ink", "ink-soft", "ink-faint", "brand") for surface in SURFACES),
    *(("on-brand", surface) for surface in ("brand", "brand-hover")),
    *((state, surface) for state in STATES for surface in (f"{state}-tint", "sheet", "paper")),
    *(("changed", surface) for surface in ("sheet", "clay-tint")),
]
MARKS = [
    *((f"{state}-mark", "sheet") for state in STATES),
    *(("outline", surface) for surface in ("sheet", "paper", "raised")),
    *(("focus", surface) for surface in ("sheet", "paper", "sunken", "brand-tint")),
    *((f"courier-{number}", "sheet") for number in range(1, 6)),
]
OF_THE_COOP = [
    ("on-brand", "brand"),
    ("on-brand", "brand-hover"),
    *(("brand", surface) for surface in ("sheet", "paper", "sunken", "brand-tint")),
    ("ink-faint", "brand-tint"),
]
READ = """([names, coops]) => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const probe = document.getElementById('probe');
  return coops.map((coop) => {
    if (coop) document.documentElement.style.setProperty('--coop', coop);
    return Object.fromEntries(names.map((name) => {
      probe.style.color = `var(--${name})`;
      canvas.fillStyle = getComputedStyle(probe).color;
      canvas.fillRect(0, 0, 1, 1);
      return [name, [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)];
    }));
  });
}"""


def _luminance(rgb):
    red, green, blue = (
        v / 255 / 12.92 if v / 255 <= 0.04045 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one, other):
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _read(chromium, scheme, pairs, coops):
    context = chromium.new_context(color_scheme=scheme)
    page = context.new_page()
    tokens = (settings.BASE_DIR / "static/css/tokens.css").read_text()
    page.set_content(f"<style>{tokens}</style><p id=probe>x")
    found = page.evaluate(READ, [sorted({name for pair in pairs for name in pair}), coops])
    context.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out(chromium, scheme):
    [colours] = _read(chromium, scheme, TEXT + MARKS, [None])
    weak = [
        (one, other)
        for pairs, least in ((TEXT, 4.5), (MARKS, 3.0))
        for one, other in pairs
        if _ratio(colours[one], colours[other]) < least
    ]
    assert weak == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_colour_of_a_cooperative_stays_readable(chromium, scheme):
    coops = [
        f"oklch(0.6 {chroma} {hue})"
        for hue in range(0, 360, 5)
        for chroma in (0, 0.06, 0.12, 0.2, 0.3)
    ]
    weakest = min(
        _ratio(colours[one], colours[other])
        for colours in _read(chromium, scheme, OF_THE_COOP, coops)
        for one, other in OF_THE_COOP
    )
    assert weakest >= 4.5
