"""Documents as PDF, drawn by WeasyPrint in a process of its own with little to lose.

That process gets the HTML and nothing else: no database, no secret, no environment. It may read
our fonts and document sheets by name (`static:fonts/…`), nothing of the net and no other file; it
ends after some seconds, and at a bound of memory. So a name or a note that somebody typed can
neither fetch what it names nor stop a worker.
"""

import logging
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError

logger = logging.getLogger(__name__)

SECONDS = 20
MOST_MEMORY = 1_500_000_000  # bytes of address space
MOST_HTML = 2_000_000  # characters; an order of 500 lines has 100,000
MOST_BYTES = 20_000_000


def draw_pdf(html: str, *, seconds: int = SECONDS, memory: int = MOST_MEMORY) -> bytes:
    """The document as a PDF. Raises DomainError 422 when it is too large or takes too long."""
    if len(html) > MOST_HTML:
        raise _refusal()
    command = [
        sys.executable,
        "-m",
        "coopcycle.pdf_child",
        str(_static()),
        str(seconds),
        str(memory),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and numbers
            command,
            input=html.encode(),
            capture_output=True,
            timeout=3 * seconds,  # the bound is processor time; a busy machine is no fault
            check=False,
            cwd=settings.BASE_DIR,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        logger.warning("A document was not drawn within %s s", seconds)
        raise _refusal() from None
    for line in done.stderr.decode(errors="replace").splitlines()[:20]:
        logger.warning("PDF: %s", line[:300])
    if done.returncode or not done.stdout.startswith(b"%PDF-") or len(done.stdout) > MOST_BYTES:
        logger.warning("A document was not drawn: %s", done.returncode)
        raise _refusal()
    return done.stdout


def _static() -> Path:
    return Path(settings.BASE_DIR) / "static"


def _refusal() -> DomainError:
    return DomainError(
        _("This document is too large to be drawn. Tell whoever looks after your platform."),
        status=422,
    )
