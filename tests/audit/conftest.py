"""The trail that the tests of the chain share."""

import pytest
from django.utils import timezone

from accounts.models import User
from audit.recording import Kind, record
from audit.sealing import seal
from tenants.context import in_cooperative


@pytest.fixture
def trail(login_wall):
    """Alpha's trail: three people and a sign-in sealed, two more people sealed after them."""
    with in_cooperative(login_wall.alpha):
        people = [
            User.objects.create_user(f"p{n}@example.org", name=f"Person {n}") for n in range(3)
        ]
        record(Kind.SIGNED_IN, user=people[0])
    assert seal(login_wall.alpha, at=timezone.now()) >= 4
    with in_cooperative(login_wall.alpha):
        people += [User.objects.create_user(f"q{n}@example.org", name=f"Q {n}") for n in range(2)]
    assert seal(login_wall.alpha, at=timezone.now()) == 2
    return login_wall.alpha
