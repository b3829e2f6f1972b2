"""Back to the version before dates could wait: nothing of them is lost, the next run makes them."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from coopcycle.db.owner import as_owner
from tenants.context import in_cooperative
from tests.recurring.test_concurrency import waiting_date

WITH = [("orders", "0008_hold_what_is_short"), ("recurring", "0021_dates_that_wait")]
WITHOUT = [
    ("orders", "0007_orders_by_hand_keep_their_wall_time"),
    ("recurring", "0020_substitutes"),
]


def migrated_to(targets: list[tuple[str, str]]):
    """The models of that time, on tables as they were then."""
    MigrationExecutor(connection).migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def test_dates_that_wait_are_to_be_made_by_the_version_before(login_wall):
    waiting_date(login_wall)
    with as_owner(), in_cooperative(login_wall.alpha):
        before = migrated_to(WITHOUT)
        terms = before.get_model("orders", "ProducerTerms").objects
        dates = before.get_model("recurring", "Occurrence").objects
        assert terms.filter(when_short="part").exists()
        assert not terms.filter(when_short="hold").exists()
        assert list(dates.values_list("state", "reason")) == [("skipped", "nothing_left")]
        again = migrated_to(WITH)
        terms = again.get_model("orders", "ProducerTerms").objects
        assert not terms.filter(when_short="hold").exists()
        assert again.get_model("recurring", "Occurrence").objects.get().waits_until is None
