"""`filter(pk__among=ids)` answers as `IN` does."""

import pytest

from accounts.models import Business
from tests.factories import BusinessFactory

pytestmark = pytest.mark.django_db


def test_among_finds_what_in_finds(alpha):
    first, second, third = BusinessFactory.create_batch(3)
    wanted = {first.pk, third.pk}
    assert set(Business.objects.filter(pk__among=wanted)) == {first, third}
    assert set(Business.objects.exclude(pk__among=wanted)) == {second}
    assert set(Business.objects.filter(address__among=[second.address_id])) == {second}
    assert not Business.objects.filter(pk__among=[]).exists()
