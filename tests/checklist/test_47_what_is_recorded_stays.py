"""Item 47: what was recorded cannot be changed or removed by a login of ours."""

import pytest
from django.db import DatabaseError, connection

from audit.models import SecurityEvent
from audit.recording import Kind, record
from tenants.context import in_cooperative, in_federation


def test_47_a_login_of_ours_adds_security_events_and_cannot_change_them(login_wall):
    def run(statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    for place in (in_cooperative(login_wall.alpha), in_federation()):
        with place:
            record(Kind.SIGNED_IN)
            for statement in (
                "UPDATE audit_securityevent SET kind = 'x'",
                "DELETE FROM audit_securityevent",
                "TRUNCATE audit_securityevent",
            ):
                with pytest.raises(DatabaseError, match="permission denied"):
                    run(statement)
            assert SecurityEvent.objects.count() == 1
