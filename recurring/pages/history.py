"""What happened to a standing order: who did what, when, with before and after."""

from dataclasses import dataclass

from recurring.expansion import parse_local
from recurring.models import StandingOrder, StandingOrderEvent
from recurring.pages.changes import changes_in_words

_SHOWN = 30


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One act, in words."""

    event: StandingOrderEvent
    changes: list[str]

    @property
    def day(self) -> object:
        """The date it was about, if one."""
        original = self.event.original_start
        return parse_local(original).date() if original else None


def history_of(order: StandingOrder) -> list[HistoryLine]:
    events = order.events.select_related("actor")[:_SHOWN]
    return [HistoryLine(event, changes_in_words(event.changes)) for event in events]
