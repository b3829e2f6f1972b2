"""Saving what the editor says: the question “for which dates?”, and its answer carried out."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from coopcycle.errors import DomainError
from recurring import services
from recurring.calendars import terms_of
from recurring.forms.editor import Editor, current_version, place_of
from recurring.forms.saved import OneDate, for_one_date, saved_draft, touches_no_date, what_changes
from recurring.history import facts_of, what_differs
from recurring.models import StandingOrder
from recurring.pages.changes import changes_in_words, facts_of_draft
from recurring.pages.editor import price_of
from recurring.pages.questions import (
    Choice,
    choice_of,
    chosen_original,
    number_of,
    only_choice,
    parts_named,
)
from recurring.selectors import days
from recurring.services import Consequences, RuleDraft, Scope
from tenants.models import Cooperative

ONLY = "this"
_PLACE = {"street", "postal_code", "city", "instructions", "latitude", "longitude", "recipient"}


@dataclass(frozen=True, slots=True)
class Question:
    """“For which dates?”: what changes in words, and the answers with their consequences.

    `why_not_one` says why one date alone is no answer, when it is none.
    """

    original: str
    changes: list[str]
    choices: list[Choice]
    chosen: str
    why_not_one: str = ""


@dataclass
class Saving:
    """One sending of the editor's valid form."""

    editor: Editor
    order: StandingOrder | None
    cooperative: Cooperative
    actor: User
    at: datetime
    done: str = field(default="", init=False)

    def create(self, *, action_id: uuid.UUID) -> StandingOrder:
        assert self.editor.buyer is not None  # noqa: S101 - a new one always asks
        with transaction.atomic():
            return services.create_standing_order(
                self._draft(),
                buyer=self.editor.buyer.cleaned_data["buyer"],
                actor=self.actor,
                at=self.at,
                action_id=action_id,
            )

    def question(self, said: QueryDict) -> Question | None:
        """What is to be asked before it is saved; None when that was answered, or asks nothing."""
        if said.get("scope") in (ONLY, *Scope):
            return None
        with transaction.atomic():  # a parcel's new address is needed, and not kept
            question = self._ask(self._draft(), said.get("date", ""))
            transaction.set_rollback(True)
        return question

    def apply(self, said: QueryDict) -> None:
        """Do what was shown. Raises DomainError when it was not for the state that is now."""
        scope, original = said.get("scope", str(Scope.ALL)), said.get("original", "")
        with transaction.atomic():
            draft = self._draft()
            if scope == ONLY:
                self._change_one(draft, original)
                self.done = _("Saved for this date only.")
                if left := self._for_one(draft, original).left:
                    words = _("Unchanged: %(parts)s.") % {"parts": parts_named(left)}
                    self.done = f"{self.done} {words}"
                return
            keeps = said.getlist(f"keeps-{scope}")
            found = self._edit(draft, Scope(scope), original, keeps=keeps)
        number = number_of(found, since=original if scope == Scope.FOLLOWING else "")
        self.done = ngettext(
            "Saved for %(number)s date.", "Saved for %(number)s dates.", number
        ) % {"number": number}

    def _ask(self, draft: RuleDraft, asked: str) -> Question | None:
        order = self._order
        saved = saved_draft(order, current_version(order))
        if touches_no_date(what_changes(saved, draft)):
            return None
        original = self._begins(asked)
        choices, why_not_one = [], ""
        if original:
            try:
                found = self._change_one(draft, original, is_rehearsal=True)
                left = self._for_one(draft, original).left
                choices.append(only_choice(original, found, left=left))
            except DomainError as refusal:
                why_not_one = str(refusal)
            found = self._edit(draft, Scope.FOLLOWING, original, is_rehearsal=True)
            choices.append(choice_of("following", found, original=original))
        found = self._edit(draft, Scope.ALL, "", is_rehearsal=True)
        choices.append(choice_of("all", found, original=original))
        return Question(
            original=original,
            changes=self._changes(draft),
            choices=choices,
            why_not_one=why_not_one,
            chosen="following" if asked and original == asked else "all",
        )

    def _changes(self, draft: RuleDraft) -> list[str]:
        """What differs, in words."""
        before = facts_of(self._order, current_version(self._order))
        return changes_in_words(what_differs(before, facts_of_draft(draft)))

    def _begins(self, asked: str) -> str:
        order = self._order
        first = services.first_open_day(order, at=self.at)
        last = max(first, self.at.astimezone(self.cooperative.zone).date()) + days.LOOK_AHEAD
        calendar = days.calendar_for(self.cooperative, first, last)
        shown = days.days_of(terms_of(order), calendar, order, first=first, last=last, at=self.at)
        return chosen_original(shown, asked, first)

    def _edit(
        self,
        draft: RuleDraft,
        scope: Scope,
        original: str,
        *,
        is_rehearsal: bool = False,
        keeps: list[str] | None = None,
    ) -> Consequences:
        return services.edit_standing_order(
            draft,
            standing_order_id=self._order.pk,
            version=self._order.version,
            actor=self.actor,
            at=self.at,
            scope=scope,
            original_start=original if scope == Scope.FOLLOWING else "",
            keeps=keeps,
            is_rehearsal=is_rehearsal,
        )

    def _change_one(
        self, draft: RuleDraft, original: str, *, is_rehearsal: bool = False
    ) -> Consequences:
        change = self._for_one(draft, original).change
        if change is None:
            raise DomainError(
                _(
                    "One date alone can have other goods, another note and another time. To bring"
                    " it on another day, open it in the calendar and move it."
                ),
                status=422,
            )
        return services.change_date(
            change,
            standing_order_id=self._order.pk,
            original_start=original,
            version=self._order.version,
            actor=self.actor,
            at=self.at,
            is_rehearsal=is_rehearsal,
        )

    def _for_one(self, draft: RuleDraft, original: str) -> OneDate:
        return for_one_date(saved_draft(self._order, current_version(self._order)), draft, original)

    def _draft(self) -> RuleDraft:
        """What the form says, ready for the services. Inside a transaction: it may save a place."""
        price = price_of(self.editor, self.order, cooperative=self.cooperative, at=self.at)
        carriage = price.delivery_minor if price and price.quote else None
        return self.editor.draft(address_id=self._address_id(), carriage_minor=carriage)

    def _address_id(self) -> int | None:
        """The parcel's place: the one it had, as long as the form says the same."""
        if self.editor.parcel is None:
            return None
        version = self.editor.version
        if version is not None and not _PLACE & set(self.editor.parcel.changed_data):
            return version.recipient_address_id
        place = place_of(self.editor.parcel, self.cooperative)
        place.save()
        return place.pk

    @property
    def _order(self) -> StandingOrder:
        assert self.order is not None  # noqa: S101 - asked only of one that exists
        return self.order
