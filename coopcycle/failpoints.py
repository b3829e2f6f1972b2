"""Places at which a test kills its process, to see that nothing is lost and nothing comes twice.

    failpoints.reach("orders written")

does nothing, unless the environment says both `TESTING=1` and `FAILPOINT=17`: then the process kills
itself, as `kill -9` does, when it reaches its 17th place. A system check refuses it elsewhere.
"""

import os
import signal
from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Error, register

_fatal = int(os.environ.get("FAILPOINT") or 0) if os.environ.get("TESTING") == "1" else 0
reached: list[str] = []  # the places so far, where somebody counts them


def reach(place: str) -> None:
    """Stand at a place where the process might die."""
    if not _fatal:
        return
    reached.append(place)
    if len(reached) == _fatal:
        os.kill(os.getpid(), signal.SIGKILL)


def arm(number: int) -> None:
    """Kill this process at the place of this number from now on; 0 for never. For forked tests."""
    global _fatal
    _fatal = number
    reached.clear()


@register(deploy=True)
def check_failpoints(**_options: Any) -> Iterable[CheckMessage]:
    """In production nothing dies on purpose."""
    if "FAILPOINT" not in os.environ:
        return []
    return [
        Error(
            "FAILPOINT is set: processes would kill themselves.",
            hint="Leave FAILPOINT out of the environment.",
            id="coopcycle.E001",
        )
    ]
