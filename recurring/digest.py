"""One message a business and run: what was made for it, what was not, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils import translation

from accounts.models import Business, Membership, User
from coopcycle.dates import format_day
from coopcycle.mail import Mail, put_mails
from recurring.models import Occurrence
from recurring.planning import Candidate
from recurring.words import reason_words

State = Occurrence.State


def write_digests(candidates: Iterable[Candidate], *, run_id: int) -> None:
    """Put the mails in the outbox, inside the transaction of the orders they tell of."""
    by_buyer: dict[Business, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        by_buyer[candidate.order.buyer].append(candidate)
    if not by_buyer:
        return
    owners = defaultdict(list)
    for membership in Membership.objects.filter(
        business__in=by_buyer, level=Membership.Level.OWNER, user__is_active=True
    ).select_related("user"):
        owners[membership.business_id].append(membership.user)
    put_mails(
        _mail(business, found, address, language, f"generation-{run_id}-{found[0].order.pk}")
        for business, found in by_buyer.items()
        for address, language in _addresses(business, owners[business.pk])
    )


def _addresses(business: Business, owners: Sequence[User]) -> list[tuple[str, str]]:
    """Where a business reads its mail, and in which language."""
    if owners:
        return [(person.email, person.language) for person in owners]
    return [(business.email, business.language)] if business.email else []


def _mail(
    business: Business, found: Sequence[Candidate], address: str, language: str, key: str
) -> Mail:
    with translation.override(language):
        context = {
            "business": business.name,
            "made": [_line(c) for c in found if c.state == State.CLAIMED],
            "not_made": [_line(c) for c in found if c.state != State.CLAIMED],
        }
    return Mail(f"{key}-{address}", address, "standing_orders", language, context)


def _line(candidate: Candidate) -> dict[str, str]:
    left_out = ", ".join(
        f"{line['name']} ({reason_words(line['reason'])})" for line in candidate.left_out
    )
    return {
        "day": format_day(candidate.planned.start.date(), "day_long"),
        "name": candidate.order.name,
        "reason": reason_words(candidate.reason, candidate.detail),
        "left_out": left_out,
    }
