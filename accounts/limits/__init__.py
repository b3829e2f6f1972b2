"""How often something secret may be tried: counted in the database, which no restart forgets.

    limits.spend("sign-in", email, at=timezone.now())     # one try; raises TooManyTriesError
    ...
    limits.give_back("sign-in", email, at=now)            # it was right: it doesn't count

Kinds and their allowances stand in `allowances.py`.
"""

from accounts.limits.allowances import ALLOWANCES, Allowance
from accounts.limits.services import (
    TooManyTriesError,
    erase_empty,
    give_back,
    refuse_if_spent,
    spend,
)

__all__ = [
    "ALLOWANCES",
    "Allowance",
    "TooManyTriesError",
    "erase_empty",
    "give_back",
    "refuse_if_spent",
    "spend",
]
