"""Trying the attacks on the live database. Whatever happens, nothing of them stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import DatabaseError, connection, transaction

from tenants.context import in_cooperative
from tenants.models import Cooperative
from tenants.proving.attacks import ATTACKS, Attack

_INSUFFICIENT_PRIVILEGE = "42501"


class Outcome(StrEnum):
    """What became of an attack."""

    REFUSED = "refused"
    GOT_THROUGH = "got_through"
    UNCLEAR = "unclear"  # it failed, but not for want of rights: it proves nothing


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack from one co-op on another, and what PostgreSQL answered."""

    cooperative: str
    attack: str
    statement: str
    outcome: Outcome
    answer: str = ""


def prove(cooperative: Cooperative, other: Cooperative) -> list[Attempt]:
    """Try every attack from `cooperative`'s own login against `other`.

    Each runs in a transaction that is rolled back, so a hole in the wall does no harm. What a
    login did to itself (its only right that nobody can take away) counts as an attempt too.
    """
    names = {"own": cooperative.schema_name, "other": other.schema_name}
    with in_cooperative(cooperative):
        attempts = [
            _try(attack, cooperative.slug, attack.statement.format(**names))
            for attack in ATTACKS
            if not attack.needs_own_transaction
        ]
        return [_identity(cooperative), _own_settings(cooperative), *attempts]


def _try(attack: Attack, slug: str, statement: str) -> Attempt:
    outcome, answer = Outcome.GOT_THROUGH, ""
    try:
        with transaction.atomic():
            _rows(statement)
            transaction.set_rollback(True)
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        outcome = Outcome.REFUSED if state == _INSUFFICIENT_PRIVILEGE else Outcome.UNCLEAR
        answer = str(error).partition("\n")[0]
    finally:
        connection.close()  # a stacked BEGIN or SET must not reach the next attempt
    return Attempt(slug, attack.name, statement, outcome, answer)


def _identity(cooperative: Cooperative) -> Attempt:
    """The control: these attacks do run on the co-op's own login, and it can read its own rows."""
    statement = "SELECT current_user, session_user, current_schema()"
    ((*found,),) = _rows(statement)
    is_own = found == [cooperative.schema_name] * 3 and bool(
        _rows("SELECT count(*) FROM accounts_user")
    )
    outcome = Outcome.REFUSED if is_own else Outcome.UNCLEAR
    return Attempt(cooperative.slug, "login of its own", statement, outcome, str(found))


def _own_settings(cooperative: Cooperative) -> Attempt:
    """`ALTER ROLE` on itself is always allowed; we give logins no settings, so one is a trace."""
    statement = (
        "SELECT unnest(setconfig) FROM pg_db_role_setting WHERE setrole = current_user::regrole"
    )
    kept = [str(text) for (text,) in _rows(statement)]
    outcome = Outcome.GOT_THROUGH if kept else Outcome.REFUSED
    return Attempt(cooperative.slug, "settings of its own", statement, outcome, ", ".join(kept))


def _rows(statement: str) -> Sequence[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
