"""Code that goes past a wall is found wherever it stands."""

import pytest

from coopcycle.runtime.lint_code import findings, is_allowed


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("mark_safe(text)", "mark_safe"),
        ("safestring.mark_safe(text)", "mark_safe"),
        ("User.objects.raw('SELECT 1')", "raw"),
        ("User.objects.extra(where=[x])", "extra"),
        ("with connection.cursor() as c: pass", "cursor"),
        ("Order.objects.annotate(a=RawSQL('1', []))", "RawSQL"),
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
