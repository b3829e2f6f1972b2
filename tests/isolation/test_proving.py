"""The proof on the live system: it sees a hole, does no harm, and tells people."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import User
from coopcycle.db.owner import as_owner
from coopcycle.models import OutboxMessage
from coopcycle.tasks import send_federation_outbox
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, IsolationProof
from tenants.proving.attacks import ATTACKS
from tenants.proving.services import prove_isolation
from tenants.tasks import prove_isolation_nightly
from tenants.wall import reset_login
from tests.sign_in import enter

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
FEDERATION = "coopcycle.urls_federation"
TRIED = sum(not attack.needs_own_transaction for attack in ATTACKS) + 2  # and the two controls


def run_as_owner(statement: str) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(statement)


def staff() -> User:
    with in_federation():
        return User.objects.create_user(
            "s@federation.example", "x", name="Solène", language="fr", is_federation_staff=True
        )


def test_every_cooperative_attacks_and_everything_is_refused(login_wall):
    out = StringIO()

    call_command("prove_isolation", stdout=out)

    assert out.getvalue() == f"{2 * TRIED} attempts from 2 co-ops: every one was refused.\n"
    with in_federation():
        proof = IsolationProof.objects.get()
    assert (proof.is_clean, proof.cooperatives, proof.attempts) == (True, 2, 2 * TRIED)


def test_a_hole_is_seen_told_and_not_used(login_wall):
    staff()
    own, other = login_wall.alpha.schema_name, login_wall.beta.schema_name
    with in_cooperative(login_wall.beta):
        User.objects.create_user("ben@example.org", "x", name="Ben")
    run_as_owner(f"GRANT USAGE ON SCHEMA {other} TO {own}")
    run_as_owner(f"GRANT SELECT, UPDATE ON {other}.accounts_user TO {own}")

    proof = prove_isolation([login_wall.alpha], at=AT)

    outcomes = {failure["attack"]: failure["outcome"] for failure in proof.failures}
    for name in ("qualified read", "qualified update", "union"):
        assert outcomes[name] == "got_through"
    assert "qualified delete" not in outcomes
    with in_cooperative(login_wall.beta):
        assert User.objects.get().is_active  # “qualified update” would have shut Ben out
    with in_federation():
        alarm = OutboxMessage.objects.get()
    assert (alarm.key[:10], alarm.payload["to"]) == ("isolation-", "s@federation.example")


@pytest.fixture
def spoilt_login(login_wall):
    """Alpha's login has changed its own settings. Logins are the server's, so it is mended after."""
    with in_cooperative(login_wall.alpha), connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {login_wall.alpha.schema_name} SET work_mem = '64kB'")
    yield
    with as_owner():
        reset_login(login_wall.alpha.schema_name)


def test_what_a_login_did_to_itself_is_seen(login_wall, spoilt_login):

    proof = prove_isolation([login_wall.alpha], at=AT)

    assert [failure["attack"] for failure in proof.failures] == ["settings of its own"]

    with pytest.raises(CommandError, match="1 were not refused"):
        call_command("prove_isolation", cooperative="alpha", stderr=StringIO())


def test_an_unknown_cooperative_is_said(login_wall):
    with pytest.raises(CommandError, match="no open co-op named 'gamma'"):
        call_command("prove_isolation", cooperative="gamma")


def test_the_schedule_leaves_its_proof(login_wall):
    with in_federation():
        prove_isolation_nightly()
        proof = IsolationProof.objects.get()
    assert (proof.asked_by, proof.is_clean) == ("", True)


def test_the_federation_tries_it_by_a_click(login_wall):
    browser = Client(headers={"host": "localhost"})
    with in_federation():
        enter(browser, staff())

    empty = browser.get(reverse("tenants:isolation", urlconf=FEDERATION))
    answer = browser.post(reverse("tenants:isolation-try", urlconf=FEDERATION), follow=True)

    assert empty.status_code == answer.status_code == 200
    assert f"{2 * TRIED} attaques, toutes refusées." in answer.content.decode()


def test_without_a_neighbour_there_is_nothing_to_prove(login_wall):
    with as_owner():
        Cooperative.objects.filter(slug="beta").update(is_active=False)
    with in_federation():
        prove_isolation_nightly()
        assert not IsolationProof.objects.exists()


@pytest.mark.parametrize("name", ["tenants:isolation", "tenants:isolation-try"])
def test_only_the_federations_staff_find_it(federation_client, db, name):
    method = federation_client.post if name.endswith("try") else federation_client.get
    assert method(reverse(name, urlconf=FEDERATION)).status_code == 302
    with in_federation():
        enter(federation_client, User.objects.create_user("x@f.example", "x", name="X"))
    assert method(reverse(name, urlconf=FEDERATION)).status_code == 404


def test_no_cooperative_sees_the_proofs(login_wall):
    with in_federation():
        prove_isolation([login_wall.alpha], at=AT)
    with in_cooperative(login_wall.alpha), pytest.raises(Exception, match="permission denied"):
        IsolationProof.objects.count()


def test_the_federations_own_mails_leave(login_wall, mailoutbox):
    """A member of staff who forgot the password gets the way to a new one."""
    staff()
    browser = Client(headers={"host": "localhost"})
    browser.post(
        reverse("account_reset_password", urlconf=FEDERATION), {"email": "s@federation.example"}
    )

    with in_federation():
        send_federation_outbox()

    assert [mail.to for mail in mailoutbox] == [["s@federation.example"]]
