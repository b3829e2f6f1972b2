"""The template lint finds what the Content-Security-Policy would refuse, and nothing else."""

import pytest

from coopcycle.runtime.lint_templates import findings


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">',
        '<p class="{% if a > b %}x{% endif %}" style="color: red">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<button type="button" onclick="go()">',
        '<div hx-on:click="go()">',
        """<div hx-vals='js:{a: 1}'>""",
        '<div hx-trigger="click[ctrlKey]">',
        '<a href="javascript:go()">',
        "{{ text|safe }}",
        "{% autoescape off %}",
        "{% filter safe %}",
    ],
)
def test_refused(text):
    assert [finding.line for finding in findings(f"\n{text}\n")] == [2]


@pytest.mark.parametrize(
    "text",
    [
        "{# never use style= or onclick= here: <p style='x'> #}",
        '<script nonce="{{ csp_nonce }}">go()</script>',
        '<script type="module" src="{% static \'js/app.js\' %}"></script>',
        '<div hx-trigger="live:board-changed from:body">',
        """<div hx-vals='{"a": 1}'>""",
        '<p data-style="calm" class="on">',
        "<p>Work on = rest off</p>",
        "{{ text|safe_name }}",
    ],
)
def test_allowed(text):
    assert list(findings(text)) == []


def test_what_is_no_page_may_have_styles_and_escapes_all_the_same():
    assert list(findings('<p style="color: red">', is_page=False)) == []
    assert [finding.line for finding in findings("{{ text|safe }}", is_page=False)] == [1]


def test_a_long_tag_takes_no_long_time():
    """Linear, not exponential: the project's longest lines hold hundreds of attributes and tags."""
    tag = "<div " + "{% if a %}x{% else %}{{ y }}{% endif %} " * 2000 + ">"

    assert list(findings(tag)) == []
