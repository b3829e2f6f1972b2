"""What tests/conftest.py promises to all other tests."""

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import User
from tenants.context import current_cooperative, in_cooperative


def test_a_test_begins_in_alpha(db, alpha):
    assert current_cooperative() == alpha


def test_two_cooperatives_in_one_transaction_see_their_own_people(db, beta):
    User.objects.create_user("ana@example.org", name="Ana")

    with in_cooperative(beta):
        assert User.objects.count() == 0
        User.objects.create_user("ana@example.org", name="Ana of Brussels")

    assert User.objects.get().name == "Ana"


def test_switching_sends_no_query_that_is_counted(db, beta, django_assert_num_queries):
    with django_assert_num_queries(2):
        User.objects.count()
        with in_cooperative(beta):
            User.objects.count()


def test_rights_hold_in_ordinary_tests(db, beta):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM {beta.schema_name}.accounts_user")


def test_rows_of_a_test_are_gone_in_the_next(db):
    assert User.objects.count() == 0
