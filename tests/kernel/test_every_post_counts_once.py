"""Each form that changes something can be sent twice: gate for every address that takes a POST.

A new one fails here until it says how: by an action's id, by a version, or by a reason why the second
sending finds nothing left to do.
"""

import importlib
import inspect

import pytest
from django.apps import apps
from django.urls import get_resolver

from accounts.access import RULES

# View → the model whose unique `action_id` makes it once.
BY_ACTION = {
    "accounts:invitation-create": "accounts.Invitation",
    "accounts:member-invite": "accounts.Invitation",
    "ordering:order-create": "orders.Order",
    "ordering:parcel-create": "orders.Order",
    "recurring:rule-create": "recurring.StandingOrder",
    "importing:import-create": "recurring.RuleImport",
    "feeds:feed-list": "recurring.CalendarFeed",
    "privacy:export-mine": "privacy.Export",
    "privacy:export-whole": "privacy.Export",
}
# View → the model whose version the person has seen; a stale one gets 409.
BY_VERSION = {
    "accounts:person-edit": "accounts.User",
    "accounts:business-edit": "accounts.Business",
    "board:operations": "dispatch.Task",
    "board:task-cancel": "dispatch.Task",
    "board:task-restore": "dispatch.Task",
    "recurring:rule-edit": "recurring.StandingOrder",
    "recurring:rule-pause": "recurring.StandingOrder",
    "recurring:rule-resume": "recurring.StandingOrder",
    "recurring:rule-end": "recurring.StandingOrder",
    "recurring:part-pause": "recurring.StandingOrder",
    "recurring:part-resume": "recurring.StandingOrder",
    "recurring:date-add": "recurring.StandingOrder",
    "recurring:date-skip": "recurring.StandingOrder",
    "recurring:date-move": "recurring.StandingOrder",
    "recurring:date-change": "recurring.StandingOrder",
    "recurring:date-restore": "recurring.StandingOrder",
    "recurring:date-answer": "recurring.StandingOrder",
    "recurring:pause-many": "recurring.StandingOrder",
}
# View → why its second sending changes nothing.
BY_NATURE = {
    "preferences": "Sets a language or theme to what is said.",
    "account_login": "Opens a session; a second one replaces it in the browser.",
    "account_logout": "Ends the session that is there, or none.",
    "account_inactive": "A page that reads nothing from a form.",
    "account_change_password": "Asks for the password before, which the first sending has changed.",
    "account_reset_password": "Sends a link; a second link opens the same door once, limits count both.",
    "account_reset_password_done": "A page that reads nothing from a form.",
    "account_reset_password_from_key": "The key is used up by the first sending.",
    "account_reset_password_from_key_done": "A page that reads nothing from a form.",
    "security:email": "Sends a link; a second link opens the same door once, limits count both.",
    "security:email-confirm": "The link is used up by the first sending.",
    "privacy:recipients-export": "Reads, and writes down that somebody did.",
    "accounts:me": "Sets one's own details to what is said.",
    "accounts:invitation-revoke": "Sets the time when it was taken back, once.",
    "accounts:invitation-accept": "The row is locked, and an invitation that was used is refused.",
    "accounts:undelivered-again": "Only a message that was given up is found; the first revives it.",
    "accounts:undelivered-drop": "Only a message that was given up is found; the first drops it.",
    "accounts:business-create": "The name is unique: the second is told that it is there.",
    "accounts:business-archive": "Sets the time when it was put away, or takes it off.",
    "accounts:member-remove": "The membership is gone: 404.",
    "accounts:cooperative-create": "Name, short name and address are unique.",
    "board:incident-resolve": "A problem that is resolved stays so.",
    "board:courier-edit": "Sets a courier's vehicle to what is said; a place on the board is unique.",
    "board:shift-edit": "The courier's row is locked and shifts do not overlap: the second is told.",
    "board:shift-remove": "The shift is gone: 404.",
    "board:tour-create": "A round's name is there once: the second is told.",
    "board:tour-edit": "Sets a round's name and courier to what is said.",
    "board:tour-archive": "Sets the time when it was put away, once.",
    "board:report-accept": "A report that counts stays so; one that was put aside is refused.",
    "board:report-put-aside": "A report that is put aside stays so; one that counts is refused.",
    "rider:queued-action": "As rider:action; a late one is kept once (LateReport.client_id is unique).",
    "rider:action": "The phone's client_id is unique among the task's events (TaskEvent.client_id).",
    "catalog:terms-edit": "Sets the producer's terms to what is said.",
    "catalog:product-create": "A producer's product is named once (product_named_once).",
    "catalog:product-edit": "Sets a product to what is said.",
    "catalog:product-availability": "Sets what is said, not the opposite of what is.",
    "catalog:product-archive": "Sets the time when it was put away.",
    "pricing:price-list": "One list begins on a day (unique valid_from).",
    "ordering:order-quote": "Answers a price and writes nothing.",
    "ordering:order-cancel": "An order that is cancelled stays so; the state machine refuses the second.",
    "ordering:order-price": "Sets a price by hand to what is said.",
    "ordering:part-accept": "A part that is accepted stays so.",
    "ordering:part-refuse": "A part that is refused stays so; the state machine refuses the second.",
    "ordering:parts-accept-day": "Accepts what still waits; the second finds nothing.",
    "recurring:pause-many-undo": "What was undone is undone: the second is refused.",
    "recurring:holiday-list": "A day is once in the calendar.",
    "recurring:holiday-year": "The same page with a year.",
    "recurring:holiday-open": "A day that is ridden is so; the second is refused.",
    "recurring:holiday-settle": "Takes the library's days over, or says that ours stay.",
    "recurring:producer-weeks": "The producer's row is locked; the same days are one closure.",
    "recurring:producer-weeks-of": "The same page of a named producer.",
    "recurring:closure-remove": "The closure is gone or over: the second is refused.",
    "recurring:waiting-decide": "The first answer ends the waiting; the second finds nothing waiting.",
    "recurring:rule-preview": "Shows dates and writes nothing.",
    "importing:import-finish": "Each line's action is made of the import's own (uuid5).",
    "feeds:feed-renew": "Gives a new secret address; the second replaces the first, and only it is shown.",
    "feeds:feed-revoke": "Sets the time when it was taken back.",
    "privacy:person-erase": "Who is erased stays so: there is nothing left to erase.",
    "privacy:recipients-erase": "Who is erased stays so: there is nothing left to erase.",
    "recurring:suggestion-rest": "Sets until when a proposal rests; one row for each proposal.",
    "sessions:end": "The session is gone; to end it again finds nothing.",
    "sessions:end-of-person": "The sessions are gone; to end them again finds none.",
    "sessions:end-others": "The sessions are gone; to end them again finds none.",
    "second-step:code": "A code opens once; after the first sending the person is in.",
    "second-step:set-up": "Who has a factor is led to the code; the first sending was the one.",
    "second-step:passkey-begin": "Gives a new challenge; the one before opens nothing any more.",
    "second-step:passkey-complete": "The challenge is taken out of the session by the first.",
    "second-step:passkey-make-begin": "Gives a new challenge; the one before makes nothing any more.",
    "second-step:passkey-make-complete": "The challenge is taken out of the session by the first.",
    "second-step:leave": "Nobody is half way in any more: to sign-in.",
    "security:app-set-up": "The waiting app is in force; a code counts once.",
    "security:app-remove": "The app is gone; to remove it again finds none.",
    "security:backup-codes": "Ten new codes; the second replace the first, and only they are shown.",
    "security:passkey-begin": "Gives a new challenge; the one before makes nothing any more.",
    "security:passkey-complete": "The challenge is taken out of the session by the first.",
    "security:passkey-remove": "The passkey is gone; to remove it again finds none.",
    "security:confirm": "Notes that somebody was here just now.",
    "security:confirm-passkey-begin": "Gives a new challenge; the one before opens nothing any more.",
    "security:confirm-passkey-complete": "The challenge is taken out of the session by the first.",
    "security:person-reset": "There is no factor left to reset: refused.",
    "security:coop-reset": "There is no factor left to reset: refused.",
    "cooperative:settings": "The form carries settings_version; a stale one gets 409.",
    "cooperative:zone": "The form carries settings_version; a stale one gets 409.",
    "tenants:isolation-try": "A trial changes nothing; each is a proof of its own.",
}
_KNOWN = {"action": BY_ACTION, "version": BY_VERSION, "nature": BY_NATURE}


def _views():
    """View name → function, of both hosts."""
    found = {}

    def walk(resolver, spaces=()):
        for each in resolver.url_patterns:
            if hasattr(each, "url_patterns"):
                walk(each, (*spaces, each.namespace) if each.namespace else spaces)
            else:
                found[":".join((*spaces, each.name))] = each.callback

    for conf in ("coopcycle.urls", "coopcycle.urls_federation"):
        walk(get_resolver(conf))
    return found


def _methods(view):
    """What the view's decorators let through; None: everything."""
    while view is not None:
        if inspect.isfunction(view):
            names = inspect.getclosurevars(view).nonlocals
            if "request_method_list" in names:
                return set(names["request_method_list"])
        view = getattr(view, "__wrapped__", None)
    return None


VIEWS = _views()
TAKE_POST = {name for name, view in VIEWS.items() if "POST" in (_methods(view) or {"POST"})}


def test_every_address_that_takes_a_post_says_why_twice_is_once():
    said = [name for known in _KNOWN.values() for name in known]

    assert TAKE_POST - set(said) == set(), "say in this file how a second sending counts once"
    assert set(said) - TAKE_POST == set(), "these take no POST (any more)"
    assert len(said) == len(set(said))
    assert set(said) <= RULES.keys()


@pytest.mark.parametrize(("view", "model"), BY_ACTION.items())
def test_an_action_s_id_is_unique_in_what_it_makes(view, model):
    assert apps.get_model(model)._meta.get_field("action_id").unique
    assert "action_id" in _source(view)


@pytest.mark.parametrize(("view", "model"), BY_VERSION.items())
def test_a_version_is_kept_and_asked_for(view, model):
    assert apps.get_model(model)._meta.get_field("version")
    assert "version" in _source(view) or "seen" in _source(view)


@pytest.mark.parametrize(("view", "reason"), BY_NATURE.items())
def test_a_reason_is_a_sentence(view, reason):
    assert len(reason) > 20
    assert reason.endswith(".")


def test_a_phone_s_id_is_unique():
    assert apps.get_model("dispatch.TaskEvent")._meta.get_field("client_id").unique


def _source(view):
    """The view's own module, and the forms that it names: where the id or version is read."""
    module = importlib.import_module(inspect.unwrap(VIEWS[view]).__module__)
    near = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and "forms" in value.__module__
    ]
    return inspect.getsource(module) + "".join(
        inspect.getsource(base)
        for form in near
        for base in form.__mro__
        if base.__module__.split(".")[0] in {"accounts", "dispatch", "orders", "recurring"}
    )
