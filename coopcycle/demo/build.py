"""The demo federation, lived through: four weeks that have passed and two that are planned.

Everything is done by the application's own services, at the times at which people would have done
it, with chance seeded by town and day: the same for one date every time. The hour decides only how
far today has been ridden; what waits for a dispatcher has its fixed place."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction

from accounts.models import User
from coopcycle.demo import days, orders
from coopcycle.demo.people import PASSWORD, email_of, give_second_factors, settle, welcome_newcomers
from coopcycle.demo.seeds import TownSeed
from coopcycle.demo.towns import FEDERATION_STAFF
from recurring.generation import generate
from tenants.context import in_cooperative, in_federation
from tenants.models import Cooperative
from tenants.provisioning import create_cooperative

_PAST_DAYS = 28
_PARCELS_TODAY, _UNASSIGNED_TODAY = 10, 3  # today's board is what people look at first


def build_federation_staff() -> None:
    """The person who opens co-ops."""
    email = email_of(FEDERATION_STAFF, "federation")
    with in_federation():
        if not User.objects.filter(email=email).exists():
            User.objects.create_user(
                email, PASSWORD, name=FEDERATION_STAFF, is_federation_staff=True
            )
        give_second_factors()


def build(town: TownSeed, now: datetime) -> None:
    """Open the town's co-op and live its weeks; does nothing when it stands already."""
    cooperative = _open(town)
    with in_cooperative(cooperative):
        if User.objects.exists():
            welcome_newcomers(town)
            return
        with transaction.atomic():  # interrupted, nothing stays, and the next start begins again
            _live(town, cooperative, now)


def _open(town: TownSeed) -> Cooperative:
    with in_federation():
        known = Cooperative.objects.filter(slug=town.slug).first()
    return known or create_cooperative(
        name=town.name,
        slug=town.slug,
        country=town.country,
        city=town.city,
        subdivision=town.subdivision,
        languages=list(town.languages),
        default_language=town.languages[0],
        colour=town.colour,
        latitude=Decimal(town.centre[0]),
        longitude=Decimal(town.centre[1]),
    )


def _live(town: TownSeed, cooperative: Cooperative, now: datetime) -> None:
    zone = cooperative.zone
    today = now.astimezone(zone).date()
    first = today - timedelta(days=_PAST_DAYS)

    def clock(day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), zone)

    settle(town, cooperative, today)
    dispatcher = User.objects.get(name=town.dispatcher)
    began = clock(first - timedelta(days=3), 20)
    orders.stand(town, first, at=began, chance=Random(town.slug))  # noqa: S311 - no secret
    for offset in range(_PAST_DAYS + 1):
        day = first + timedelta(days=offset)
        chance = Random(f"{town.slug} {day}")  # noqa: S311 - the demo's dice
        if offset % 7 == 0 or day == today:
            generate(cooperative, at=min(clock(day, 3), now))
        is_today = day == today
        parcels = _PARCELS_TODAY if is_today else 1
        asked_at = clock(day - timedelta(days=1), 8)
        _asked(town, cooperative, day, at=asked_at, parcels=parcels, chance=chance)
        orders.answer(day, at=clock(day - timedelta(days=1), 19))
        keep = _UNASSIGNED_TODAY if is_today else 0
        given_at = min(clock(day, 5), now)
        days.give_away(day, actor=dispatcher, at=given_at, keep=keep)
        if is_today:
            days.report_a_problem(day, at=now, chance=chance)
        ends = min(clock(day, 23), now)
        days.ride(day, until=ends, dispatcher=None if is_today else dispatcher, chance=chance)
    _coming_days(town, cooperative, today, now)


def _asked(
    town: TownSeed,
    cooperative: Cooperative,
    day: date,
    *,
    at: datetime,
    parcels: int,
    chance: Random,
) -> None:
    """What businesses ask for `day` besides their standing orders."""
    if day.isoweekday() == 7 and parcels == 1:
        return
    for hour in chance.sample(orders.PARCEL_HOURS, parcels):
        orders.send_parcel(town, cooperative, day, hour, at=at, chance=chance)
    if chance.random() < 0.4:
        orders.order_besides(cooperative, day, at=at - timedelta(days=1), chance=chance)


def _coming_days(town: TownSeed, cooperative: Cooperative, today: date, now: datetime) -> None:
    """Tomorrow is asked for and half answered; some dates to come are changed by hand. What is
    entered today asks for more than there is, so that its dates wait for the producer."""
    for offset in (1, 2):
        day = today + timedelta(days=offset)
        chance = Random(f"{town.slug} {day}")  # noqa: S311 - the demo's dice
        _asked(town, cooperative, day, at=now, parcels=3, chance=chance)
        if offset == 1:
            orders.answer(day, at=now, leave=2)
    orders.change_some_dates(today, at=now)
    soon = today + timedelta(days=2)  # its lists are open at any hour of today
    orders.stand(town, soon, at=now, chance=Random(f"{town.slug} {soon}"), is_new=True)  # noqa: S311
