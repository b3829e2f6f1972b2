"""The demo federation's co-ops."""

from coopcycle.demo.bruxelles import BRUXELLES
from coopcycle.demo.grenoble import GRENOBLE
from coopcycle.demo.people import Account, accounts_of, email_of
from coopcycle.demo.torino import TORINO

TOWNS = (GRENOBLE, TORINO, BRUXELLES)
FEDERATION_STAFF = "Solène Kervadec"


def all_accounts() -> list[Account]:
    """Everybody of the demo who can sign in, the federation first."""
    email = email_of(FEDERATION_STAFF, "federation")
    federation = Account("", "federation", FEDERATION_STAFF, email)
    return [federation, *(account for town in TOWNS for account in accounts_of(town))]
