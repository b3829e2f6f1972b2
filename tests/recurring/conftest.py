"""A restaurant that wants tomatoes and apples every Tuesday and Friday, in the co-op alpha."""

import uuid
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Business, User
from orders.models import Product
from recurring import services
from recurring.models import StandingOrder
from recurring.rules import weekly_rule
from recurring.services import RuleDraft, RuleLineDraft, WindowDraft
from tests.factories import (
    BusinessFactory,
    MembershipFactory,
    PriceListFactory,
    ProducerTermsFactory,
    ProductFactory,
    UserFactory,
)
from tests.look.conftest import chromium  # noqa: F401 - a fixture
from tests.recurring.editing import TOMORROW

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Grenoble


@dataclass
class Kitchen:
    """Who wants what from whom."""

    restaurant: Business
    odile: User
    office: User
    tomatoes: Product
    apples: Product

    def draft(self, **changes: object) -> RuleDraft:
        """Weekdays, times and (product id, quantity) pairs as a person says them, or as fields."""
        said = {
            "weekdays": [2, 5],
            "interval": 1,
            "last_day": None,
            "start": time(6, 30),
            "window_minutes": 30,
            "lines": ((self.tomatoes.pk, Decimal(12)), (self.apples.pk, Decimal(2))),
            **changes,
        }
        rule = weekly_rule(said.pop("weekdays"), said.pop("interval"), said.pop("last_day"))
        window = WindowDraft(said.pop("start"), said.pop("window_minutes"))
        lines = tuple(
            line if isinstance(line, RuleLineDraft) else RuleLineDraft(*line)
            for line in said.pop("lines")
        )
        return RuleDraft(
            **{
                "name": "Tomatoes and apples",
                "kind": "supply",
                "rule": rule,
                "first_day": date(2026, 11, 24),
                "windows": (window,),
                "lines": lines,
                "note": "Ring at the kitchen",
                **said,
            }
        )

    def standing_order(self, at: datetime = NOW, **changes: object) -> StandingOrder:
        return services.create_standing_order(
            self.draft(**changes),
            buyer=self.restaurant,
            actor=self.odile,
            at=at,
            action_id=uuid.uuid4(),
        )


def make_kitchen() -> Kitchen:
    membership = MembershipFactory(business__name="Chez Odile", user__name="Odile Morel")
    farm = BusinessFactory(producer=True, name="Ferme des Trois Ormes")
    ProducerTermsFactory(producer=farm, cutoff_time=time(18))
    PriceListFactory()
    return Kitchen(
        restaurant=membership.business,
        odile=membership.user,
        office=UserFactory(dispatcher=True),
        tomatoes=ProductFactory(producer=farm, name="Tomatoes"),
        apples=ProductFactory(name="Apples", price_minor=1450),
    )


@pytest.fixture
def kitchen(db: None) -> Kitchen:
    return make_kitchen()


@pytest.fixture
def odile(kitchen, client_for):
    return client_for(kitchen.odile)


@pytest.fixture
def daily(kitchen) -> StandingOrder:
    return kitchen.standing_order(
        at=timezone.now(),
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        first_day=TOMORROW.date(),
        holiday_policy="keep",
    )


@pytest.fixture
def release(tmp_path):
    """Installs a release of the time zone database in which Paris has another zone's clock."""
    system = zoneinfo.TZPATH

    def install(clock: str) -> None:
        (tmp_path / "Europe").mkdir(exist_ok=True)
        (tmp_path / "Europe" / "Paris").write_bytes(
            files("tzdata.zoneinfo").joinpath(*clock.split("/")).read_bytes()
        )
        (tmp_path / "tzdata.zi").write_text("# version 2026z\n")
        zoneinfo.reset_tzpath(to=[tmp_path, *system])
        ZoneInfo.clear_cache()

    yield install
    zoneinfo.reset_tzpath(to=system)
    ZoneInfo.clear_cache()
