"""The process that draws one PDF: HTML in, PDF out (coopcycle/pdf.py). Knows no Django.

python -m coopcycle.pdf_child STATIC SECONDS MEMORY < document.html > document.pdf
"""

import logging
import re
import resource
import sys
from pathlib import Path
from typing import Any

# What a document may read: by name, below the static folder.
ALLOWED = re.compile(r"static:((?:fonts|css/documents)/[a-z0-9-]+\.(?:woff2|css))\Z")


def main(static: str, seconds: str, memory: str) -> int:
    limit(int(seconds), int(memory))
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # on stderr, for the caller's log
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurs(URLFetcher):  # type: ignore[misc]
        """Never asks the net, follows nothing, and opens no file but those of the list."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if not (ours := ALLOWED.match(url)):
                sys.stderr.write(f"refused {url[:120]!r}\n")
                raise ValueError("This document may not read that.")
            kind = "text/css" if url.endswith(".css") else "font/woff2"
            content = (Path(static) / ours[1]).read_bytes()
            return URLFetcherResponse(url, content, {"Content-Type": kind})

    html = sys.stdin.buffer.read().decode()
    fetcher = OnlyOurs(allowed_protocols=(), allow_redirects=False)
    document = HTML(string=html, base_url="static:", url_fetcher=fetcher)
    sys.stdout.buffer.write(document.write_pdf(presentational_hints=False))
    return 0


def limit(seconds: int, memory: int) -> None:
    """Bounds that nobody inside can lift."""
    for what, bound in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (bound, bound))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
