"""Tells people that mails are stuck: the co-op's administrators, and the federation's staff of all.

Once a day and trouble. When no mail leaves at all, this one waits with the others; until then the
page of the undelivered (accounts/undelivered_views.py) and `/metrics` say it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from coopcycle import outbox
from coopcycle.mail import MAIL, Mail, put_mails
from tenants.context import in_federation, run_in_each_cooperative
from tenants.models import Cooperative

GROWING_AFTER = timedelta(minutes=15)  # beat wakes the senders every few seconds
MANY_FAIL = 5  # one wrong address is no trouble of the mail server's


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with an outbox now; `is_any` False: nothing."""

    is_growing: bool
    failing: int  # mails that could not be sent so far, if they are many
    dead: int  # messages given up

    @property
    def is_any(self) -> bool:
        return self.is_growing or bool(self.failing or self.dead)

    @property
    def names(self) -> Iterable[str]:
        """Each is told once a day by itself: a second trouble is news."""
        yield from ["growing"] * self.is_growing
        yield from ["failing"] * bool(self.failing or self.dead)


def watch_everywhere(*, at: datetime) -> None:
    """Look at each co-op's outbox, then at the federation's own."""
    troubled: list[str] = []

    def watch(cooperative: Cooperative) -> None:
        trouble = find_trouble(at=at)
        if trouble.is_any:
            troubled.append(cooperative.name)
            _tell(cooperative.name, trouble, User.objects.filter(is_administrator=True), at=at)

    try:
        run_in_each_cooperative(watch)
    finally:
        with in_federation():
            own = find_trouble(at=at)
            if own.is_any or troubled:
                staff = User.objects.filter(is_federation_staff=True)
                _tell("CoopCycle", own, staff, at=at, cooperatives=troubled)


def find_trouble(*, at: datetime) -> Trouble:
    """What is wrong with the outbox of the co-op in whose block we are."""
    failing = outbox.count_failing(MAIL)
    return Trouble(
        is_growing=outbox.oldest_due_seconds(at) > GROWING_AFTER.total_seconds(),
        failing=failing if failing >= MANY_FAIL else 0,
        dead=outbox.count_dead(),
    )


@transaction.atomic
def _tell(
    where: str,
    trouble: Trouble,
    readers: Iterable[User],
    *,
    at: datetime,
    cooperatives: Iterable[str] = (),
) -> None:
    names = [*trouble.names, *(["elsewhere"] if cooperatives else [])]
    put_mails(
        Mail(
            f"outbox-{name}-{at:%F}-{reader.email}",
            reader.email,
            "outbox_alarm",
            reader.language,
            {
                "where": where,
                "name": name,
                "failing": trouble.failing,
                "dead": trouble.dead,
                "cooperatives": sorted(cooperatives),
            },
        )
        for name in names
        for reader in readers
        if reader.is_active
    )
