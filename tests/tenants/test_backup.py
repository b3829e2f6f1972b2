"""A backup is one file, whole or not there, with everything that the co-op needs."""

import gzip
import json
import os
import re
import signal
import tarfile
from io import BytesIO

import pytest
from django.core.management import CommandError
from django.test import override_settings

from accounts.sessions.store import SessionStore, hash_of
from tenants.backup.archive import open_archive
from tenants.backup.errors import BackupError
from tenants.context import in_cooperative
from tests.tenants.conftest import CHAIN, back_up, rows_of, run


def test_a_backup_names_its_co_op_its_tables_and_its_files(coops, tmp_path):
    path = back_up(tmp_path)

    with open_archive(path) as archive:
        found = archive.manifest
        shared = json.load(archive.open("shared.json"))
        media = archive.media()
    assert (found.kind, found.slug, found.schema) == (
        "cooperative",
        "alpha",
        coops.alpha.schema_name,
    )
    counted = {name: number for name, number in found.rows.items() if name not in CHAIN}
    assert counted == {name: len(rows) for name, rows in rows_of(found.schema).items()}
    assert found.rows["accounts_user"] == 1
    assert shared["cooperative"]["name"] == "Alpha"
    assert shared["domains"] == [{"domain": "alpha.localhost", "is_primary": True}]
    assert [name.partition("/")[0] for name in media] == ["proofs"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_holds_nothing_of_another_co_op_and_no_signed_in_browser(coops, tmp_path):
    with in_cooperative(coops.alpha):
        session = SessionStore()
        session["who"] = "ana"
        session.create()

    with open_archive(back_up(tmp_path)) as archive:
        dump = gzip.decompress(archive.open("dump.sql.gz").read()).decode()
        rows = archive.manifest.rows
    assert "ana@alpha.example" in dump
    assert "beta" not in dump
    assert coops.beta.schema_name not in dump
    assert session.session_key not in dump
    assert hash_of(session.session_key) not in dump
    assert rows["accounts_session"] == 0


def test_all_are_saved_with_what_they_share(coops, tmp_path):
    said = run("backup", to=tmp_path)

    names = sorted(path.name.rpartition("-")[0] for path in tmp_path.glob("*.tar"))
    assert names == ["alpha", "beta", "federation--shared"]
    assert said.count(" s\n") == 3  # each file with its seconds
    assert re.search(rf"^3 files, \d+\.\d MB in {tmp_path}$", said, re.M)


def test_the_password_is_on_no_command_line(coops, tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    bindir = tmp_path / "bin"
    bindir.mkdir()
    for name in ("initdb", "postgres", "pg_dump"):
        (bindir / name).write_text(f'#!/bin/sh\necho "$@" > {seen}\necho refused >&2\nexit 1\n')
        (bindir / name).chmod(0o755)
    monkeypatch.setenv("PG_BINDIR", str(bindir))

    with pytest.raises(CommandError, match="pg_dump failed: refused"):
        back_up(tmp_path / "backups")

    assert "--snapshot=" in seen.read_text()
    assert "owner" not in seen.read_text().split()  # the password of the tests' server
    assert "password" not in seen.read_text()
    assert os.listdir(tmp_path / "backups") == []


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_killed_backup_leaves_no_file_that_looks_whole(coops, tmp_path, killed_at, place):
    ending = killed_at(place, "backup", "--cooperative", "alpha", "--to", tmp_path / "to")

    assert ending == -signal.SIGKILL
    assert list((tmp_path / "to").glob("*.tar")) == []
    for half in (tmp_path / "to").glob(".unfinished-*/*.tar"):
        with pytest.raises(BackupError), open_archive(half):
            pass


def test_an_unknown_co_op_is_said(coops, tmp_path):
    with pytest.raises(CommandError, match="There is no co-op named 'gamma'"):
        run("backup", to=tmp_path, cooperative="gamma")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def without_manifest(path):
    with tarfile.open(path) as tar:
        entries = [(entry, tar.extractfile(entry).read()) for entry in tar.getmembers()]
    with tarfile.open(path, "w") as tar:
        for entry, content in entries[:-1]:
            tar.addfile(entry, BytesIO(content))


def one_byte_changed(path):
    content = bytearray(path.read_bytes())
    content[content.index(b"dump.sql.gz") + 2048] ^= 1
    path.write_bytes(content)


def manifest_changed(path):
    path.write_bytes(path.read_bytes().replace(b'"slug": "alpha"', b'"slug": "omega"'))


def no_tar(path):
    path.write_text("hello")


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "harm", [cut, without_manifest, one_byte_changed, manifest_changed, no_tar, empty]
)
def test_a_damaged_file_is_refused(coops, tmp_path, harm):
    path = back_up(tmp_path)
    harm(path)

    with pytest.raises(BackupError, match="cannot be restored"), open_archive(path):
        pass


def test_a_backup_works_where_no_file_was_ever_uploaded(coops, tmp_path):
    with override_settings(MEDIA_ROOT=tmp_path / "nowhere"):
        path = back_up(tmp_path)
    with open_archive(path) as archive:
        assert archive.media() == []
