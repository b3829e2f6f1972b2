"""PostgreSQL and Valkey of this checkout, unless the environment names others."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from coopcycle.runtime.ports import first_free_port
from coopcycle.runtime.postgres import kept_postgres, remove_kept_postgres
from coopcycle.runtime.progress import Progress
from coopcycle.runtime.valkey import kept_valkey

POSTGRES_PORT = 54_320  # not 5432: a system's own server stays undisturbed
VALKEY_PORT = 63_790


@contextmanager
def servers(folder: Path, progress: Progress) -> Iterator[dict[str, str]]:
    """`DATABASE_URL` and `REDIS_URL` of running servers; those of ours are stopped at the end."""
    with ExitStack() as stack:
        yield {
            "DATABASE_URL": os.environ.get("DATABASE_URL")
            or _start_postgres(folder, stack, progress),
            "REDIS_URL": os.environ.get("REDIS_URL") or _start_valkey(folder, stack, progress),
        }


def remove_servers(folder: Path) -> None:
    """Delete what our servers of this checkout keep."""
    remove_kept_postgres(folder / "postgres")


def _start_postgres(folder: Path, stack: ExitStack, progress: Progress) -> str:
    port = first_free_port(POSTGRES_PORT, what="PostgreSQL", say=progress.say)
    with progress.step(f"PostgreSQL on port {port}"):
        return stack.enter_context(kept_postgres(folder / "postgres", port=port)).url


def _start_valkey(folder: Path, stack: ExitStack, progress: Progress) -> str:
    port = first_free_port(VALKEY_PORT, what="Valkey", say=progress.say)
    with progress.step(f"Valkey on port {port}"):
        return stack.enter_context(kept_valkey(folder / "valkey", port=port)).url
