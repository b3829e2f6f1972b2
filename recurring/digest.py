"""One message a business and run: what was made for it, what was not, and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils import translation

from accounts.models import Business, Membership
from coopcycle.dates import format_day
from coopcycle.mail import put_mail
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
    for business, found in by_buyer.items():
        people = [(person.email, person.language) for person in owners[business.pk]]
        if not people and business.email:
            people = [(business.email, business.language)]
        for address, language in people:
            _write(business, found, address, language, f"generation-{run_id}-{found[0].order.pk}")


def _write(
    business: Business, found: Sequence[Candidate], address: str, language: str, key: str
) -> None:
    with translation.override(language):
        made = [_line(c) for c in found if c.state == State.CLAIMED]
        not_made = [_line(c) for c in found if c.state != State.CLAIMED]
        put_mail(
            f"{key}-{address}",
            to=address,
            template="standing_orders",
            language=language,
            business=business.name,
            made=made,
            not_made=not_made,
        )


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
