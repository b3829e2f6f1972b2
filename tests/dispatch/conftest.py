from collections.abc import Callable

import pytest

from accounts.models import User
from dispatch.models import Courier, Delivery, Task
from tests.dispatch.board_at_work import full_day, open_board  # noqa: F401 - fixtures
from tests.factories import CourierFactory, DeliveryFactory, TaskFactory, UserFactory
from tests.look.conftest import chromium  # noqa: F401 - a fixture


@pytest.fixture
def ines(db: None) -> User:
    return UserFactory(name="Inès Belkacem", dispatcher=True)


@pytest.fixture
def theo(db: None) -> User:
    return UserFactory(name="Théo Marchal", dispatcher=True)


@pytest.fixture
def ana(db: None) -> Courier:
    return CourierFactory(user__name="Ana Ferreira", line=1)


@pytest.fixture
def malik(db: None) -> Courier:
    return CourierFactory(user__name="Malik Haddad", line=2)


@pytest.fixture
def make_pair(db: None) -> Callable[..., tuple[Task, Task]]:
    """A delivery with its pickup and drop-off."""

    def make(delivery: Delivery | None = None) -> tuple[Task, Task]:
        delivery = delivery or DeliveryFactory()
        return TaskFactory(delivery=delivery, pickup=True), TaskFactory(delivery=delivery)

    return make
