"""The audit trail of a co-op that was restored: its chain goes on, and says so."""

from django.utils import timezone

from accounts.models import User
from audit.models import Event, Seal
from audit.sealing import seal
from audit.verifying import verify
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative, TrailEnd
from tests.tenants.conftest import back_up, run


def test_the_chain_of_a_restored_co_op_is_whole_and_goes_on(coops, tmp_path):
    seal(coops.alpha, at=timezone.now())
    with in_cooperative(coops.alpha):
        User.objects.create_user("unsealed@example.org", name="Before the backup")
    path = back_up(tmp_path)
    with in_cooperative(coops.alpha):
        User.objects.create_user("later@example.org", name="After the backup")
    seal(coops.alpha, at=timezone.now())
    with in_cooperative(coops.alpha):
        kept = Event.objects.count() - 1

    run("restore", path)

    verdict = verify(coops.alpha)
    assert verdict.broken is None
    with in_cooperative(coops.alpha):
        assert Event.objects.count() == kept
        User.objects.create_user("new@example.org", name="After the restore")
        newest = Seal.objects.filter(log="event").order_by("-number").first()
        assert (newest.amount, newest.from_xact, newest.to_xact) == (0, 0, 0)
    assert seal(coops.alpha, at=timezone.now()) == 2  # the person, and that the co-op was restored
    assert verify(coops.alpha).broken is None
    with in_federation():
        end = TrailEnd.objects.get(schema=coops.alpha.schema_name, log="event")
        assert end.number == newest.number + 1
        assert end.why.startswith("Restored as it was at ")


def test_a_second_co_op_made_of_a_backup_has_a_whole_chain_of_its_own(coops, tmp_path):
    seal(coops.alpha, at=timezone.now())
    path = back_up(tmp_path)

    run("restore", path, slug="second")

    with in_federation():
        second = Cooperative.objects.get(slug="second")
    assert verify(second).broken is None
    assert verify(coops.alpha).broken is None
