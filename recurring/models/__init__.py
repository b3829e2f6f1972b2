"""Standing orders: a rule that comes back, its exceptions, and what it has made.

The model follows the field's practice: an occurrence is named for ever by its *original start*, the
local wall-clock time the rule gave it, even when it is moved. `UNIQUE(standing_order,
original_start)` is what makes generation happen once."""

from recurring.feeds.models import CalendarFeed
from recurring.importing.models import RuleImport
from recurring.models.exceptions import Added, BulkPause, Override, PartPause, Pause, StockDecision
from recurring.models.log import StandingOrderEvent
from recurring.models.made import GenerationRun, HolidayDay, Occurrence, SettledWeek
from recurring.models.standing import RuleLine, RuleVersion, RuleWindow, StandingOrder
from recurring.models.suggested import SuggestionRest

__all__ = [
    "Added",
    "BulkPause",
    "CalendarFeed",
    "GenerationRun",
    "HolidayDay",
    "Occurrence",
    "Override",
    "PartPause",
    "Pause",
    "RuleImport",
    "RuleLine",
    "RuleVersion",
    "RuleWindow",
    "SettledWeek",
    "StandingOrder",
    "StandingOrderEvent",
    "StockDecision",
    "SuggestionRest",
]
