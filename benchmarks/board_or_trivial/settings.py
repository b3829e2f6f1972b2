"""The application's own settings, with one address more."""

from coopcycle.settings import *  # noqa: F403 - settings that are the same but for one

ROOT_URLCONF = "benchmarks.board_or_trivial.urls"
