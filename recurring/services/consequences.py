"""What an act does to the dates of standing orders: said before, and done by the same computation."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class DateNote:
    """One date that an act touches.

    `original` names it for ever, `start` is when it comes (wall clock). With an order, its id and
    number. `fields` are what changes on the order, or what a hand has changed and stays; `reason` a
    code of recurring/words.py with its `detail`.
    """

    standing_order_id: int
    original: str
    start: datetime
    order_id: int | None = None
    number: str = ""
    fields: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""

    @property
    def day(self) -> date:
        return self.start.date()


@dataclass(slots=True)
class Consequences:
    """All that an act does, date by date. `planned` and `dropped` look twelve weeks ahead.

    What is done and what was shown before come from one computation, so they are the same for the
    same version of the standing order; a newer version refuses the act.
    """

    planned: list[DateNote] = field(default_factory=list)  # to come, without an order yet
    made_now: list[DateNote] = field(default_factory=list)  # of these, the orders made at once
    dropped: list[DateNote] = field(default_factory=list)  # planned before, and now not
    updated: list[DateNote] = field(default_factory=list)  # their orders change in place
    kept: list[DateNote] = field(default_factory=list)  # what hands changed on orders stays
    locked: list[DateNote] = field(default_factory=list)  # closed or on the way: nothing changes
    cancelled: list[DateNote] = field(default_factory=list)  # their orders are called off
    left: list[DateNote] = field(default_factory=list)  # off the rule; their orders stay as wished
    revived: list[DateNote] = field(default_factory=list)  # called off before, and back
    orphans: list[DateNote] = field(default_factory=list)  # by hand, on dates that are no more
    crowded: list[DateNote] = field(default_factory=list)  # other dates on the day moved to
    by_hand: list[DateNote] = field(default_factory=list)  # as hands made them before this act

    @property
    def counts(self) -> dict[str, int]:
        """For sentences and the history: how many of each, without those that are none.

        What hands made before is not what this act does.
        """
        found = {each.name: len(getattr(self, each.name)) for each in fields(self)}
        return {name: number for name, number in found.items() if number and name != "by_hand"}

    def on_days(self, first: date, last: date | None = None) -> "Consequences":
        """Of the dates that stay, only those that come on these days, both included."""

        def is_there(note: DateNote) -> bool:
            return first <= note.day and (last is None or note.day <= last)

        return replace(
            self,
            locked=list(filter(is_there, self.locked)),
            by_hand=list(filter(is_there, self.by_hand)),
        )

    def of(self, standing_order_id: int) -> "Consequences":
        """What happens to one of many."""
        own = Consequences()
        for each in fields(self):
            notes: list[DateNote] = getattr(self, each.name)
            setattr(own, each.name, [n for n in notes if n.standing_order_id == standing_order_id])
        return own


def in_order(notes: Iterable[DateNote]) -> list[DateNote]:
    return sorted(notes, key=lambda note: (note.start, note.standing_order_id, note.original))
