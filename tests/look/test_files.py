"""What the front end is made of: files of others are unchanged, templates keep the strict policy."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from coopcycle import frontend, icons

ROOT = settings.BASE_DIR
VENDORED = json.loads((ROOT / "static/vendor/vendor.json").read_text())["packages"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# What a strict Content-Security-Policy would block, or htmx would need `eval` for.
FORBIDDEN = {
    "inline style": r"<[^>]*\sstyle\s*=",
    "style element": r"<style\b",
    "inline handler": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "evaluated values": r"hx-(?:vals|headers|confirm)[^=]*=\s*[\"']js:",
    "trigger filter": r"hx-trigger=\"[^\"]*\w\[",
    "inline script": r"<script(?![^>]*(?:\bsrc=|type=\"importmap\"|type=\"application/json\"))",
}


@pytest.mark.parametrize("package", VENDORED, ids=lambda package: package["name"])
def test_files_of_others_are_as_they_came(package):
    assert package["version"]
    assert package["licence"]
    assert any("licen" in path.lower() or "OFL" in path for path in package["files"])
    for path, checksum in package["files"].items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == checksum, path


def test_no_file_of_others_is_without_an_entry():
    listed = {path for package in VENDORED for path in package["files"]}
    folders = [ROOT / "static/vendor", ROOT / "static/fonts", ROOT / "tests/vendor"]
    present = {
        str(file.relative_to(ROOT))
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }

    assert present - listed == {"static/vendor/vendor.json"}


def test_no_file_of_others_points_to_a_source_map():
    for file in [*(ROOT / "static/vendor").rglob("*.js"), *(ROOT / "static/vendor").rglob("*.css")]:
        assert "sourceMappingURL" not in file.read_text(), file


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_template_keeps_the_strict_policy(template):
    source = re.sub(r"{#.*?#}", "", template.read_text())
    for what, pattern in FORBIDDEN.items():
        assert not re.search(pattern, source), what


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_the_icons_of_a_template_are_drawn(template):
    for name in re.findall(r"{% icon [\"']([a-z0-9-]+)[\"']", template.read_text()):
        assert name in icons.shapes()


def test_no_icon_is_kept_that_nothing_names():
    """Names stand in templates and in the tables of states, reasons and links."""
    sources = [*TEMPLATES, *(ROOT / "static/js").rglob("*.js")]
    for app in ("coopcycle", "audit", "accounts", "dispatch", "orders", "recurring", "tenants"):
        sources += (ROOT / app).rglob("*.py")
    named = set(re.findall(r"[\"']([a-z0-9-]+)[\"']", "\n".join(map(Path.read_text, sources))))

    assert set(icons.shapes()) - named == set()


def test_only_the_fonts_need_a_file_so_sheets_can_be_joined():
    for sheet in frontend.sheets():
        urls = re.findall(r"url\(\"?([^)\"]+)", sheet.read_text())
        assert all(url.startswith("../fonts/") for url in urls), sheet
        assert not urls or sheet.name == "fonts.css"


def test_colours_have_their_names_in_one_place():
    """No component or page sheet writes a colour of its own but in the few mixes with transparency."""
    sheets = [
        *(ROOT / "static/css/components").glob("*.css"),
        *(ROOT / "static/css/pages").glob("*.css"),
    ]
    for sheet in sheets:
        assert not re.search(
            r"#[0-9a-fA-F]{3,8}\b", re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
        ), sheet


def test_every_module_of_a_template_exists():
    known = set(frontend.modules())
    for template in TEMPLATES:
        for names in re.findall(r'data-module="([^"{]+)"', template.read_text()):
            assert set(names.split()) <= known, template
