"""The history of standing orders is written and never changed: the database says no."""

import pytest
from django.db import DatabaseError, transaction

from recurring.models import StandingOrderEvent
from tenants.context import in_cooperative
from tests.recurring.conftest import make_kitchen


@pytest.mark.parametrize("act", ["update", "delete"])
def test_no_login_of_a_co_op_changes_or_deletes_what_was_done(login_wall, act):
    with in_cooperative(login_wall.alpha):
        event = make_kitchen().standing_order().events.get()
        written = StandingOrderEvent.objects.filter(pk=event.pk)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            written.update(kind="ended") if act == "update" else written._raw_delete("default")
        assert written.get().kind == "created"
