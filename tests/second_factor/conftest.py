"""A browser whose window and pages these tests look at."""

from tests.look.conftest import chromium

__all__ = ["chromium"]
