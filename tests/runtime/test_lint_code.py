"""Code that goes past a wall is found wherever it stands."""

import pytest
from django.apps import apps

from coopcycle.runtime.lint_code import findings, is_allowed, sources
from coopcycle.runtime.workspace import CHECKOUT, is_ours


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("mark_safe(text)", "mark_safe"),
        ("safestring.mark_safe(text)", "mark_safe"),
        ("User.objects.raw('SELECT 1')", "raw"),
        ("User.objects.extra(where=[x])", "extra"),
        ("with connection.cursor() as c: pass", "cursor"),
        ("Order.objects.annotate(a=RawSQL('1', []))", "RawSQL"),
        ("labels = map(mark_safe, texts)", "mark_safe"),
        ("from django.utils.safestring import mark_safe as plain", "mark_safe"),
        ("@csrf_exempt\ndef hook(request): pass", "csrf_exempt"),
        (
            "class A:\n  @method_decorator(csrf_exempt)\n  def post(self): pass",
            "csrf_exempt",
        ),
    ],
)
def test_it_is_found(code, name):
    assert name in {finding.name for finding in findings(code)}


@pytest.mark.parametrize(
    "code", ["format_html('{}', text)", "cursor = page.next", "User.objects.all()"]
)
def test_other_code_is_left_alone(code):
    assert list(findings(code)) == []


def test_a_place_is_a_file_or_a_folder():
    assert is_allowed("tenants/backup/loading.py", "cursor")
    assert not is_allowed("tenants/backup.py", "cursor")
    assert not is_allowed("orders/ordering/views.py", "cursor")
    assert not is_allowed("tenants/wall.py", "mark_safe")


def test_every_app_of_ours_is_looked_at_without_being_named():
    """As are its migrations: coopcycle/runtime/lint_migrations.py asks `is_ours`, too."""
    ours = {config.label: config for config in apps.get_app_configs() if is_ours(config.path)}
    looked_at = {path.relative_to(CHECKOUT).parts[0] for path in sources()}

    assert {"accounts", "second_factor", "privacy", "orders"} <= ours.keys()
    assert not {"otp_totp", "contenttypes", "pgtrigger"} & ours.keys()
    assert {config.name.partition(".")[0] for config in ours.values()} <= looked_at
    assert not {"tests", "benchmarks"} & looked_at
