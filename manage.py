#!/usr/bin/env python
"""Django's command line for the platform. In a checkout with a demo, and no settings named, it works on the demo."""

import json
import os
import sys
from pathlib import Path

_DEMO = Path(__file__).resolve().parent / "var" / "demo-environment.json"  # `make demo` writes it
_NAMED = {"SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "DEBUG", "TESTING"}


def main() -> None:
    if _DEMO.exists() and not _NAMED & os.environ.keys():
        os.environ.update(json.loads(_DEMO.read_text()))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coopcycle.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
