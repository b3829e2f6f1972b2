"""The files for production name what exists, and keep no secret."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from coopcycle.runtime.processes import read_procfile
from coopcycle.runtime.system_packages import find_docker_compose
from coopcycle.runtime.workspace import CHECKOUT

COMPOSE = CHECKOUT / "docker-compose.yml"
PROGRAMS = {"web", "live", "worker", "beat"}
SECRETS = {
    "SECRET_KEY",
    "DATABASE_LOGIN_SECRET",
    "DATA_MASTER_KEY",
    "DATABASE_OWNER_PASSWORD",
    "POSTGRES_PASSWORD",
    "VALKEY_PASSWORD",
}


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load(COMPOSE.read_text())


@pytest.fixture(scope="module")
def example():
    lines = (CHECKOUT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_example_has_every_name_that_the_settings_read(example):
    sources = [
        CHECKOUT / "coopcycle" / "settings.py",
        *(CHECKOUT / "coopcycle" / "runtime").glob("*.py"),
    ]
    pattern = re.compile(r'(?:env_\w+\(\s*|environ\.get\(\s*)"([A-Z_]+)"')
    names = {name for path in sources for name in pattern.findall(path.read_text())}
    assert len(names) > 25
    assert names - {"PATH", "TMPDIR"} <= example.keys()


def test_example_has_every_name_of_the_procfile(example):
    names = set(re.findall(r"\$\{([A-Z_]+)", (CHECKOUT / "Procfile").read_text()))
    assert names
    assert names <= example.keys()


def test_example_has_every_name_of_the_compose_file(example):
    names = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE.read_text()))
    assert names >= SECRETS
    assert names <= example.keys()


def test_example_holds_no_secret(example):
    assert {name: example[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")


def test_compose_refuses_to_start_without_its_secrets():
    text = COMPOSE.read_text()
    for name in SECRETS:
        assert f"${{{name}:?" in text
        assert not re.search(rf"\$\{{{name}(?::-|-|\}})", text)


def test_compose_has_all_parts_and_watches_them(compose):
    services = compose["services"]
    assert services.keys() == PROGRAMS | {"migrate", "postgres", "valkey", "proxy"}
    unwatched = {name for name, service in services.items() if "healthcheck" not in service}
    assert unwatched == {"migrate"}  # runs once
    assert services["postgres"]["image"] == "postgres:18"


def test_compose_publishes_the_proxy_alone(compose):
    assert {name for name, service in compose["services"].items() if "ports" in service} == {
        "proxy"
    }


def test_compose_waits_for_the_migration(compose):
    for name in PROGRAMS:
        conditions = compose["services"][name]["depends_on"]
        assert conditions["migrate"] == {"condition": "service_completed_successfully"}


def test_compose_keeps_data_in_named_volumes(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (CHECKOUT / source).is_file()


def test_compose_runs_the_programs_of_the_procfile(compose):
    for name, command in read_procfile(CHECKOUT / "Procfile").items():
        ours = compose["services"][name]["command"]
        assert ours.split()[0] == command.split()[0]
        assert "coopcycle." in ours


def test_compose_accepts_the_file():
    command = find_docker_compose()
    assert command, "Docker Compose is missing: `make test` installs it or names its package"
    values = {
        **dict.fromkeys(SECRETS, "x"),
        "BASE_HOST": "coops.example",
        "ACME_EMAIL": "a@b.example",
    }
    done = subprocess.run(
        [*command, "--file", COMPOSE, "config", "--quiet"],
        env={**os.environ, **values},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_bootstrap_needs_the_standard_library_alone():
    script = CHECKOUT / "coopcycle" / "runtime" / "bootstrap.py"
    done = subprocess.run(
        [
            shutil.which("python3") or "python3",
            "-I",
            "-S",
            "-c",
            f"import runpy; runpy.run_path({str(script)!r})",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_unit_of_systemd_runs_a_program_of_the_procfile():
    unit = (CHECKOUT / "deploy" / "coopcycle@.service").read_text()
    assert "ExecStart=/srv/coopcycle/.venv/bin/python -m coopcycle.runtime.program %i\n" in unit
    guide = (CHECKOUT / "docs" / "deploy.md").read_text()
    assert set(re.findall(r"coopcycle@([a-z]+)\b(?!\.)", guide)) == PROGRAMS


def test_a_program_that_the_procfile_lacks_is_refused():
    command = [sys.executable, "-m", "coopcycle.runtime.program", "kitchen"]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "Name one program: web, live, worker, beat.\n"


def test_example_is_read_by_a_shell_too(example):
    script = f'set -a; . {CHECKOUT / ".env.example"}; printf %s "$MAIL_FROM"'
    done = subprocess.run(["sh", "-euc", script], capture_output=True, text=True, check=False)
    assert done.stdout == example["MAIL_FROM"].strip('"')


def test_slow_clients_are_waited_for_by_the_proxy_and_not_by_a_thread():
    """Granian bounds the time of a head, not of a body: the proxy takes the body first."""
    proxy = (CHECKOUT / "deploy" / "Caddyfile").read_text()
    commands = read_procfile(CHECKOUT / "Procfile")

    assert re.search(r"timeouts \{\s+read_header 10s\s+read_body 2m\s", proxy)
    assert re.search(r"\{\$WEB_ADDRESS:web:8000\} \{[^}]*request_buffers 20MB", proxy)
    for name in ("web", "live"):
        assert "--http1-header-read-timeout 10000" in commands[name]
