"""How long a sign-in lasts: as long as its owner may reach what it opens without asking again.

| who | without use | at most | why |
|---|---|---|---|
| administrators, dispatchers, accountants, readers, the federation | 30 minutes | 12 hours | they reach everybody's data, in an office that others walk through |
| who steers and rides | 2 hours | 12 hours | the same, but a stop in a cellar must not sign them out |
| couriers | 10 hours | 24 hours | nobody is thrown out in the middle of a round; a new day asks anew |
| restaurants, shops, producers | 3 days | 14 days | they come for two minutes and reach their own orders alone |

A board that is open counts as use: it hears live changes, and asks again whether it still may.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Ends after `idle` without use, and in any case after `at_most`."""

    idle: timedelta
    at_most: timedelta


NOBODY = Lifetime(timedelta(hours=2), timedelta(days=1))  # half way in, or a reset begun
OFFICE = Lifetime(timedelta(minutes=30), timedelta(hours=12))
OFFICE_AND_RIDING = Lifetime(timedelta(hours=2), timedelta(hours=12))
COURIER = Lifetime(timedelta(hours=10), timedelta(hours=24))
MEMBER = Lifetime(timedelta(days=3), timedelta(days=14))


def lifetime_of(user: "User") -> Lifetime:
    """By the most that the person may reach."""
    if user.sees_finance or user.is_federation_staff:
        return OFFICE_AND_RIDING if user.is_courier else OFFICE
    return COURIER if user.is_courier else MEMBER
