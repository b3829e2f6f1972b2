"""Item 48: what the platform is made of is locked, listed and allowed."""

import json
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from coopcycle.runtime import licences

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_48_every_requirement_is_locked_by_hashes(name):
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line and not line.startswith("#")]

    assert len(requirements) > 50
    for line in requirements:
        assert re.match(r"[\w.\[\],-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_48_installing_wants_the_hashes():
    assert "--require-hashes" in (ROOT / "coopcycle" / "runtime" / "bootstrap.py").read_text()


def test_48_every_licence_is_allowed_and_listed():
    assert licences.faults() == []


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("GNU General Public License v2 or later (GPLv2+)", False),
        ("GPL-3.0-only OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("MIT AND PSF-2.0", True),
        ("UNKNOWN", False),
        ("AGPL-3.0-only", False),
        ("LGPL-3.0-only", True),
    ],
)
def test_48_what_is_not_allowed_is_refused(licence, allowed):
    assert licences.is_allowed(licence) is allowed


def test_48_the_bill_of_materials_names_every_library(tmp_path):
    bill = tmp_path / "bill.json"
    command = [Path(sys.prefix) / "bin" / "cyclonedx-py", "requirements", "requirements/base.txt"]
    subprocess.run([*command, "--output-reproducible", "-o", bill], cwd=ROOT, check=True)

    made = json.loads(bill.read_text())
    named = {part["name"].lower() for part in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert {"django", "psycopg", "celery", "weasyprint", "cryptography"} <= named


def test_48_each_host_says_whom_to_tell_of_a_weakness(db, client, federation_client, settings):
    address = "/.well-known/security.txt"
    assert client.get(address).status_code == 404

    settings.SECURITY_CONTACT = "mailto:security@example.org"
    for browser in (client, federation_client):
        answer = browser.get(address)
        told = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
        assert told["Contact"] == "mailto:security@example.org"
        assert datetime.fromisoformat(told["Expires"]) > timezone.now() + timedelta(days=30)
        assert told["Canonical"].endswith(address)
