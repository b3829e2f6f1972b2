"""What the strict Content-Security-Policy would refuse, found in the templates before a browser does."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from coopcycle.runtime.workspace import CHECKOUT

_NOTES = re.compile(r"\{#.*?#\}|<!--.*?-->|\{%\s*comment.*?endcomment\s*%\}", re.DOTALL)
# Each character fits one branch only, or a tag with many template tags would be tried for ever.
_DJANGO = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
_TAG = r"<[a-zA-Z][^<>]*\s"
RULES = (
    (r"<style\b(?![^>]*nonce)", "a style element without nonce: put it into static/css"),
    (_TAG + r"style\s*=", "an inline style: use a class"),
    (r"<script\b(?![^>]*\b(?:src|nonce)\s*=)", "an inline script without nonce: make it a module"),
    (_TAG + r"on[a-z]+\s*=", "an inline handler: listen in a module"),
    (r"\bhx-on\b", "hx-on runs inline code: listen in a module"),
    (
        r"""\bhx-(?:vals|headers)(?:[:\w]*)\s*=\s*['"]?\s*(?:js|javascript):""",
        "hx-vals with js: code",
    ),
    (
        r"""\bhx-trigger(?:[:\w]*)\s*=\s*(?:"[^"]*\[|'[^']*\[)""",
        "a filter in hx-trigger is evaluated as code",
    ),
    (r"""\b(?:href|src|action)\s*=\s*['"]?\s*javascript:""", "a javascript: address"),
)
DJANGO_RULES = (
    (r"\|\s*safe(?:seq)?\b", "|safe: build it with format_html"),
    (r"\{%\s*autoescape\s+off", "autoescape off"),
    (r"\{%\s*filter\s+safe", "filter safe: build it with format_html"),
)


def _compiled(rules: tuple[tuple[str, str], ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), meaning) for pattern, meaning in rules)


_MARKUP, _WHOLE = _compiled(RULES), _compiled(DJANGO_RULES)


class Finding(NamedTuple):
    line: int
    meaning: str


def findings(text: str, *, is_page: bool = True) -> Iterator[Finding]:
    """What is wrong in one template, by line. No policy binds what is no page: mails and papers."""
    bare = _NOTES.sub(_blank, text)
    markup = _DJANGO.sub(_blank, bare)  # a `>` in {% if a > b %} ends no tag
    for rules, part in ((_MARKUP if is_page else (), markup), (_WHOLE, bare)):
        for pattern, meaning in rules:
            for found in pattern.finditer(part):
                yield Finding(part.count("\n", 0, found.end()) + 1, meaning)


def _blank(found: re.Match[str]) -> str:
    """Nothing, in as many lines."""
    return "\n" * found[0].count("\n")


def main() -> int:
    count = 0
    for path in _templates():
        for finding in sorted(findings(path.read_text(), is_page=_is_page(path))):
            print(f"{path.relative_to(CHECKOUT)}:{finding.line}: {finding.meaning}")
            count += 1
    return 1 if count else 0


def _templates() -> list[Path]:
    return sorted([*CHECKOUT.glob("templates/**/*.html"), *CHECKOUT.glob("*/templates/**/*.html")])


def _is_page(path: Path) -> bool:
    """No browser of ours shows the HTML of mails and papers, and mails need their styles inline."""
    return not {"mail", "pdf"} & set(path.parts)


if __name__ == "__main__":
    sys.exit(main())
