"""When Python looks for circles of objects that nobody refers to any more."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Don't look inside the block. For short work that makes records by the ten thousand.

    None of them refers to itself, so they go when they are done with; looking for circles among
    them, again and again, takes a tenth of the time and finds nothing. Another thread that is
    inside meanwhile is only collected earlier than it wished.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
