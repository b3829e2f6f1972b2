"""What people do with standing orders.

Each act names the version that the person saw, and answers with its consequences, date by date; a
rehearsal (`is_rehearsal`) says them and does nothing. Acts leave a line in the history, and generate
again at once.
"""

from recurring.services.bulk import pause_many, undo_bulk_pause
from recurring.services.consequences import Consequences, DateNote
from recurring.services.creating import create_standing_order, draft_from_order
from recurring.services.dates import (
    Answer,
    DateChange,
    add_date,
    answer_holiday,
    change_date,
    move_date,
    restore_date,
    skip_date,
)
from recurring.services.drafts import RuleDraft, RuleLineDraft, WindowDraft
from recurring.services.editing import Scope, edit_standing_order, end_standing_order
from recurring.services.holding import decide_stock
from recurring.services.holidays import close_day, open_day, settle_difference
from recurring.services.law import follow_law
from recurring.services.pausing import may_end, pause_standing_order, resume_standing_order
from recurring.services.producers import (
    close_producer,
    fed_by,
    pause_part,
    reopen_producer,
    resume_part,
)
from recurring.services.suggesting import rest_suggestion
from recurring.services.versions import first_open_day, upcoming
from recurring.services.zones import follow_zone

__all__ = [
    "Answer",
    "Consequences",
    "DateChange",
    "DateNote",
    "RuleDraft",
    "RuleLineDraft",
    "Scope",
    "WindowDraft",
    "add_date",
    "answer_holiday",
    "change_date",
    "close_day",
    "close_producer",
    "create_standing_order",
    "decide_stock",
    "draft_from_order",
    "edit_standing_order",
    "end_standing_order",
    "fed_by",
    "first_open_day",
    "follow_law",
    "follow_zone",
    "may_end",
    "move_date",
    "open_day",
    "pause_many",
    "pause_part",
    "pause_standing_order",
    "reopen_producer",
    "rest_suggestion",
    "restore_date",
    "resume_part",
    "resume_standing_order",
    "settle_difference",
    "skip_date",
    "undo_bulk_pause",
    "upcoming",
]
