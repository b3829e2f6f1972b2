"""A refusal reaches also those who are still sending."""

from io import BytesIO

import pytest

from coopcycle.wsgi import PatientApplication

MEGABYTE = 1024 * 1024


def refuse(environ, start_response):
    start_response("403 Forbidden", [])
    return [b"no"]


@pytest.mark.parametrize(
    ("size", "left"), [(0, 0), (1, 0), (12 * MEGABYTE, 0), (25 * MEGABYTE, 5 * MEGABYTE)]
)
def test_a_body_that_nobody_read_is_taken_up_to_a_bound(size, left):
    body = BytesIO(b"x" * size)

    answer = PatientApplication(refuse)({"wsgi.input": body}, lambda status, headers: None)

    assert list(answer) == [b"no"]
    assert len(body.read()) == left
