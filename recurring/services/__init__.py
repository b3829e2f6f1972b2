"""What people do with standing orders.

Each act names the version that the person saw, and answers with its consequences, date by date; a
rehearsal (`is_rehearsal`) says them and does nothing. Acts leave a line in the history, and generate
again at once.
"""

from recurring.services.consequences import Consequences, DateNote
from recurring.services.creating import create_standing_order, draft_from_order
from recurring.services.dates import (
    DateChange,
    add_date,
    change_date,
    move_date,
    restore_date,
    skip_date,
)
from recurring.services.drafts import RuleDraft, RuleLineDraft, WindowDraft
from recurring.services.editing import Scope, edit_standing_order, end_standing_order
from recurring.services.pausing import pause_standing_order, resume_standing_order
from recurring.services.versions import first_open_day, upcoming

__all__ = [
    "Consequences",
    "DateChange",
    "DateNote",
    "RuleDraft",
    "RuleLineDraft",
    "Scope",
    "WindowDraft",
    "add_date",
    "change_date",
    "create_standing_order",
    "draft_from_order",
    "edit_standing_order",
    "end_standing_order",
    "first_open_day",
    "move_date",
    "pause_standing_order",
    "restore_date",
    "resume_standing_order",
    "skip_date",
    "upcoming",
]
