"""39–41: what is uploaded is small, a picture, drawn anew, and lies where nobody chose."""

import io
import re
import resource
import uuid
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from PIL import Image

from coopcycle.images import clean_photo
from dispatch.models import Proof
from privacy.exports import importing
from recurring.models import RuleImport
from tests.factories import MembershipFactory, TaskFactory

GPS, MAKER = 0x8825, 0x010F


def picture(size=(40, 30), kind="JPEG", mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


HOSTILE = {
    "16 MB": b"\xff\xd8\xff" + b"x" * (16 << 20),
    "30000 x 30000": picture((30_000, 30_000), "PNG", "1"),
    "truncated": picture()[:400],
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif and html": b"GIF89a/*<script>alert(1)</script>*/=1;",
    "empty": b"",
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def send(browser, task, content, name="door.jpg"):
    fields = {
        "action": "done",
        "client_id": str(uuid.uuid4()),
        "photo": SimpleUploadedFile(name, content, "image/jpeg"),
    }
    return browser.post(reverse("rider:action", args=[task.pk]), fields)


@pytest.mark.django_db
@pytest.mark.parametrize("name", HOSTILE)
def test_39_hostile_files_are_refused_and_nothing_is_kept(client_for, media, name):
    task = TaskFactory(doing=True)

    answer = send(client_for(task.tour.courier.user), task, HOSTILE[name])

    assert answer.status_code == 422
    assert not Proof.objects.exists()
    assert not [path for path in Path(media).rglob("*") if path.is_file()]


def test_39_many_pixels_take_no_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        with pytest.raises(Exception, match="pixels"):
            clean_photo(SimpleUploadedFile("a.png", HOSTILE["30000 x 30000"]))

    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 50_000  # kilobytes; decoded it would be 900,000


@pytest.mark.django_db
def test_40_a_photo_keeps_no_place_and_is_given_out_as_a_picture(client_for, media):
    exif = Image.Exif()
    exif[MAKER] = "A phone"
    exif.get_ifd(GPS)[1] = "N"
    task = TaskFactory(doing=True)
    browser = client_for(task.tour.courier.user)

    send(browser, task, picture(exif=exif) + b"<script>alert(1)</script>")

    proof = Proof.objects.get()
    [stored] = [path for path in Path(media).rglob("*") if path.is_file()]
    assert re.fullmatch(r"proofs/[0-9a-f]{32}\.jpg", proof.photo.name)
    content = stored.read_bytes()
    assert b"Exif" not in content
    assert b"A phone" not in content
    assert b"script" not in content
    answer = browser.get(reverse("rider:proof-photo", args=[proof.pk]))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("inline; filename=")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "../../escape.jpg",
        "..\\..\\escape.jpg",
        "/etc/escape.jpg",
        "a/../../escape.jpg",
        "\x00.jpg",
        "x" * 300 + ".jpg",
        ".htaccess",
        "a.php",
    ],
)
def test_41_a_name_chooses_no_place(client_for, media, tmp_path, name):
    task = TaskFactory(doing=True)

    send(client_for(task.tour.courier.user), task, picture(), name)

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 1
    assert re.fullmatch(r".*/media/c_[0-9a-f]+/proofs/[0-9a-f]{32}\.jpg", str(files[0]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a million rows", b"name,business\n" + b"a,b\n" * 1_000_000),
        ("a spreadsheet", b"PK\x03\x04" + b"\0" * 100),
        ("one huge cell", b'name\n"' + b"a" * 300_000 + b'"\n'),
        ("entities", b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'),
    ],
)
def test_41_tables_are_bounded(client_for, name, content):
    browser = client_for(MembershipFactory().user)

    answer = browser.post(
        reverse("importing:import-create"),
        {"file": SimpleUploadedFile("a.csv", content, "text/csv"), "action_id": str(uuid.uuid4())},
    )

    assert answer.status_code == 422, name
    assert not RuleImport.objects.exists()


def test_41_an_archive_that_claims_to_be_huge_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "MOST_BYTES", 1_000_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", '{"format": 1, "rows": {}}')
        archive.writestr("rows/x.jsonl", b"\0" * 2_000_000)

    with pytest.raises(CommandError, match="too large"):
        call_command("import_cooperative", path, slug="gamma")
