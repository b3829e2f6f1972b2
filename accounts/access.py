"""The access matrix: who may call each URL. A URL without a rule is refused, and fails a test.

Rules look at the person only. Whether *this* order or task is theirs is decided where the object is
fetched (`permissions.py` of each app), with 404. `gate.py` asks the matrix before each view."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import Membership, User

type Person = User | AnonymousUser
type Rule = Callable[[Person], bool]


def anyone(person: Person) -> bool:
    """Also without signing in."""
    return True


def signed_in(person: Person) -> bool:
    return person.is_authenticated


def administrator(person: Person) -> bool:
    return isinstance(person, User) and person.is_administrator


def office(person: Person) -> bool:
    """Administrators and dispatchers: those who steer the day."""
    return isinstance(person, User) and person.works_at_office


def courier(person: Person) -> bool:
    return isinstance(person, User) and person.is_courier


def member(person: Person) -> bool:
    """Someone of a restaurant, shop, producer or organisation."""
    return isinstance(person, User) and bool(person.seats)


def business_owner(person: Person) -> bool:
    """An owner of some business; of which one, the object's own check says."""
    return isinstance(person, User) and any(
        seat.level == Membership.Level.OWNER for seat in person.seats
    )


def producer(person: Person) -> bool:
    return isinstance(person, User) and any(seat.business.is_producer for seat in person.seats)


def federation(person: Person) -> bool:
    return isinstance(person, User) and person.is_federation_staff


@dataclass(frozen=True, slots=True)
class Fresh:
    """As `rule`, and the person has shown within the last minutes who they are.

    For what an open screen must not be enough for. Such a page is named here and does nothing
    itself: the middleware asks for password, code or passkey, and then leads on to it.
    `only_sent`: whoever opens the page is not asked, its form is.
    """

    rule: Rule
    only_sent: bool = False

    def __call__(self, person: Person) -> bool:
        return self.rule(person)

    def asks(self, method: str) -> bool:
        return not self.only_sent or method not in SAFE


fresh = Fresh


def reader(person: Person) -> bool:
    """Someone who sees the office's pages and changes nothing."""
    return isinstance(person, User) and person.is_reader


def finance(person: Person) -> bool:
    """Who reads orders, prices and businesses, and changes nothing."""
    return isinstance(person, User) and (person.is_accountant or person.is_reader)


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Looking:
    """As `rule`; and those of whom `looks` is true may open the page, and send nothing to it."""

    rule: Rule
    looks: Rule

    def __call__(self, person: Person) -> bool:
        return self.rule(person) or self.looks(person)


def allows(rule: Rule, person: Person, method: str) -> bool:
    """Whether `rule` lets `person` in with this method."""
    if isinstance(rule, Fresh):
        rule = rule.rule
    if isinstance(rule, Looking) and method not in SAFE:
        return rule.rule(person)
    return rule(person)


def any_of(*rules: Rule) -> Rule:
    """Allowed when one of `rules` allows."""

    def allows(person: Person) -> bool:
        return any(rule(person) for rule in rules)

    return allows


def only_looks(person: Person, view_name: str) -> bool:
    """Whether `person` may open the page and send nothing to it, nor to what belongs to it."""
    rule = RULES.get(view_name)
    return isinstance(rule, Looking) and rule.looks(person) and not rule.rule(person)


# --- The matrix: view name → rule. Sorted by app, in the order of the urls. ----------------------
RULES: Mapping[str, Rule] = {
    # coopcycle
    "health": anyone,
    "metrics": anyone,  # of a program with METRICS_TOKEN: the view finds nothing for others
    "security-contact": anyone,
    "coop-stylesheet": anyone,
    "preferences": anyone,
    "styleguide": anyone,
    # the federation's host
    "tenants:federation-home": anyone,
    "tenants:isolation": federation,
    "tenants:isolation-try": federation,
    "accounts:cooperative-create": federation,
    "accounts:cooperative-opened": federation,
    # sign-in (allauth)
    "account_login": anyone,
    "account_logout": anyone,
    "account_reset_password": anyone,
    "account_reset_password_done": anyone,
    "account_reset_password_from_key": anyone,
    "account_reset_password_from_key_done": anyone,
    "account_change_password": signed_in,
    "account_inactive": anyone,
    # sessions
    "sessions:list": signed_in,
    "sessions:end": signed_in,
    "sessions:end-others": signed_in,
    "sessions:end-of-person": administrator,
    # the second step of signing in: its views ask for the first one
    "second-step:code": anyone,
    "second-step:set-up": anyone,
    "second-step:passkey-begin": anyone,
    "second-step:passkey-complete": anyone,
    "second-step:passkey-make-begin": anyone,
    "second-step:passkey-make-complete": anyone,
    "second-step:leave": anyone,
    # sign-in and security
    "security:overview": signed_in,
    "security:app-set-up": fresh(signed_in),
    "security:app-remove": fresh(signed_in),
    "security:backup-codes": fresh(signed_in),
    "security:passkey-begin": fresh(signed_in),
    "security:passkey-complete": fresh(signed_in),
    "security:passkey-remove": fresh(signed_in),
    "security:email": fresh(signed_in),
    "security:email-confirm": signed_in,  # and whose it is: the link
    "security:confirm": signed_in,
    "security:confirm-passkey-begin": signed_in,
    "security:confirm-passkey-complete": signed_in,
    "security:person-reset": fresh(administrator),
    "security:coop-reset": fresh(federation),
    # accounts
    "accounts:home": signed_in,
    "accounts:me": signed_in,
    "accounts:invitation-accept": anyone,
    "accounts:person-list": administrator,
    "accounts:person-edit": fresh(administrator),
    "accounts:invitation-create": fresh(administrator),
    "accounts:invitation-revoke": administrator,
    "accounts:undelivered-list": any_of(administrator, federation),
    "accounts:undelivered-again": any_of(administrator, federation),
    "accounts:undelivered-drop": any_of(administrator, federation),
    "accounts:business-list": Looking(office, finance),
    "accounts:business-create": office,
    "accounts:business-detail": Looking(any_of(office, member), finance),
    "accounts:business-edit": any_of(office, business_owner),
    "accounts:business-archive": office,
    "accounts:member-invite": any_of(administrator, business_owner),
    "accounts:member-remove": any_of(administrator, business_owner),
    # audit
    "audit:trail": administrator,
    "audit:doors": administrator,
    "audit:object": office,  # of a person and the settings: administrators, by the view
    # dispatch: the board
    "board:day": Looking(office, reader),
    "board:columns": Looking(office, reader),
    "board:operations": office,
    "board:task-detail": Looking(office, reader),
    "board:incident-resolve": office,
    "board:courier-list": Looking(office, reader),
    "board:courier-edit": office,
    "board:shift-edit": office,
    "board:shift-remove": office,
    "board:tour-create": office,
    "board:tour-edit": office,
    "board:tour-archive": office,
    "board:report-accept": office,
    "board:report-put-aside": office,
    "board:task-cancel": office,
    "board:task-restore": office,
    # dispatch: the courier's page
    "rider:day": courier,
    "rider:task": courier,
    "rider:action": courier,
    "rider:queued-action": courier,
    "rider:report-photo": Looking(any_of(office, courier), reader),
    "rider:manifest": anyone,
    "rider:proof-photo": Looking(any_of(office, courier, member), reader),
    # dispatch: the recipient's link
    "tracking:delivery": anyone,
    # orders: catalogue
    "catalog:producer-list": Looking(any_of(office, member), reader),
    "catalog:producer-products": Looking(any_of(office, member), reader),
    "catalog:product-list": producer,
    "catalog:product-create": producer,
    "catalog:product-edit": producer,
    "catalog:product-availability": producer,
    "catalog:product-archive": producer,
    "catalog:terms-edit": producer,
    # orders: prices
    "pricing:price-list": Looking(administrator, finance),
    # orders: ordering
    "ordering:home": member,
    "ordering:order-list": Looking(any_of(office, member), finance),
    "ordering:order-create": any_of(office, member),
    "ordering:parcel-create": any_of(office, member),
    "ordering:order-quote": any_of(office, member),
    "ordering:order-detail": Looking(any_of(office, member), finance),
    "ordering:delivery-note": any_of(office, member),
    "ordering:order-cancel": any_of(office, member),
    "ordering:order-price": office,
    "ordering:order-again": any_of(office, member),
    "ordering:part-accept": producer,
    "ordering:part-refuse": producer,
    "ordering:parts-accept-day": producer,
    "ordering:picking-list": Looking(any_of(office, producer), reader),
    # recurring
    "recurring:rule-list": Looking(any_of(office, member), reader),
    "recurring:rule-create": any_of(office, member),
    "recurring:suggestion-rest": any_of(office, member),
    "recurring:pause-many": office,
    "recurring:pause-many-undo": office,
    "recurring:holiday-list": Looking(office, reader),
    "recurring:holiday-open": office,
    "recurring:holiday-year": Looking(office, reader),
    "recurring:holiday-settle": office,
    "recurring:producer-weeks": producer,
    "recurring:producer-weeks-of": producer,
    "recurring:part-pause": producer,
    "recurring:part-resume": producer,
    "recurring:closure-remove": producer,
    "recurring:waiting-list": Looking(any_of(office, producer), reader),
    "recurring:waiting-decide": any_of(office, producer),
    "recurring:rule-preview": any_of(office, member),
    "recurring:rule-detail": Looking(any_of(office, member), reader),
    "recurring:rule-edit": any_of(office, member),
    "recurring:rule-pause": any_of(office, member),
    "recurring:rule-resume": any_of(office, member),
    "recurring:rule-end": any_of(office, member),
    "recurring:date-add": any_of(office, member),
    "recurring:date-detail": Looking(any_of(office, member), reader),
    "recurring:date-skip": any_of(office, member),
    "recurring:date-move": any_of(office, member),
    "recurring:date-change": any_of(office, member),
    "recurring:date-answer": any_of(office, member),
    "recurring:date-restore": any_of(office, member),
    "recurring:generation": Looking(office, reader),
    # recurring: how the month goes
    "overview:month": administrator,
    # recurring: the co-op's settings
    "cooperative:settings": administrator,
    "cooperative:colour": administrator,
    "cooperative:zone": administrator,
    # privacy
    "privacy:register": administrator,
    "privacy:recipients": administrator,
    "privacy:recipients-erase": fresh(administrator),
    "privacy:recipients-export": fresh(administrator),
    "privacy:export-whole": fresh(administrator),
    "privacy:mine": signed_in,
    "privacy:export-mine": fresh(signed_in),
    "privacy:export-download": fresh(signed_in),  # and whose it is: the link
    "privacy:person-erase": fresh(administrator),
    # recurring: import and export
    "importing:import-create": any_of(office, business_owner),
    "importing:import-detail": any_of(office, business_owner),
    "importing:import-finish": any_of(office, business_owner),
    "importing:example": any_of(office, business_owner),
    "importing:export": fresh(any_of(administrator, member)),
    # recurring: calendars
    "feeds:home": any_of(office, member),
    "feeds:calendar": anyone,
    "feeds:feed-list": fresh(any_of(office, member), only_sent=True),
    "feeds:feed-renew": fresh(any_of(office, member)),
    "feeds:feed-revoke": any_of(office, member),
}
