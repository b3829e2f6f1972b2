"""What may be tried how often.

Two things are counted: tries at one person's door, so that no password or code is found by
trying, and wrong answers from one network, so that nobody tries many doors. A whole office sits
behind one address: the second kind is wide, and only what was wrong counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries at once; they come back one by one, all of them within `within`."""

    tries: int
    within: timedelta

    @property
    def pause(self) -> timedelta:
        """After how long one try comes back."""
        return self.within / self.tries


ALLOWANCES: Mapping[str, Allowance] = {
    # At one person's door.
    "sign-in": Allowance(8, timedelta(hours=1)),  # wrong passwords for an e-mail address
    "sign-in-device": Allowance(8, timedelta(hours=1)),  # the same on a device of the person's own
    "password": Allowance(8, timedelta(hours=1)),  # the password asked again of who is signed in
    "code": Allowance(10, timedelta(hours=1)),  # wrong codes of a second factor, of one person
    "reset": Allowance(4, timedelta(hours=1)),  # mails to one address
    "email-change": Allowance(
        4, timedelta(hours=1)
    ),  # mails to addresses that a person says are theirs
    # From one network.
    "sign-in-network": Allowance(40, timedelta(hours=1)),
    "reset-network": Allowance(20, timedelta(hours=1)),
    "link": Allowance(30, timedelta(minutes=10)),  # secrets in an address that open nothing
    "token": Allowance(10, timedelta(minutes=10)),  # a program's token
}
