"""A whole proof: every co-op attacks its neighbour, and the result is kept."""

import logging
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from coopcycle.errors import DomainError
from coopcycle.mail import put_mail
from tenants.context import in_federation
from tenants.models import Cooperative, IsolationProof
from tenants.proving.probes import Attempt, Outcome, prove

logger = logging.getLogger(__name__)


def prove_isolation(
    attackers: Sequence[Cooperative], *, asked_by: str = "", at: datetime
) -> IsolationProof:
    """Let each of `attackers` try every attack on another co-op, and keep what came of it.

    `asked_by` is a person's name; empty: the schedule. Must run outside of a transaction: each
    attempt needs its own. Raises DomainError where there is no second co-op.
    """
    attempts = [
        attempt for attacker, victim in _pairs(attackers) for attempt in prove(attacker, victim)
    ]
    failures = [attempt for attempt in attempts if attempt.outcome != Outcome.REFUSED]
    for failure in failures:
        logger.critical("Isolation: %s", _line(failure))
    with in_federation(), transaction.atomic():
        proof = IsolationProof.objects.create(
            started_at=at,
            finished_at=timezone.now(),
            asked_by=asked_by,
            cooperatives=len(attackers),
            attempts=len(attempts),
            failures=[asdict(failure) for failure in failures],
        )
        if failures:
            _alarm(proof)
    return proof


def _pairs(attackers: Sequence[Cooperative]) -> list[tuple[Cooperative, Cooperative]]:
    """Each attacker with its neighbour in the ring of all co-ops."""
    with in_federation():
        everyone = list(Cooperative.objects.order_by("pk"))
    if len(everyone) < 2:
        raise DomainError(_("A proof needs two co-ops: one that attacks, and one to be attacked."))
    neighbours = {first.pk: second for first, second in pairwise([*everyone, everyone[0]])}
    return [(attacker, neighbours[attacker.pk]) for attacker in attackers]


def _line(attempt: Attempt) -> str:
    return f"{attempt.cooperative}: {attempt.attack}: {attempt.outcome}: {attempt.answer}"


def _alarm(proof: IsolationProof) -> None:
    """A hole is said to people, not only to the log."""
    for person in get_user_model().objects.filter(is_federation_staff=True, is_active=True):
        put_mail(
            f"isolation-{proof.pk}-{person.pk}",
            to=person.email,
            template="isolation_alarm",
            language=person.language,
            name=person.name,
            attempts=proof.attempts,
            failures=proof.failures,
        )
