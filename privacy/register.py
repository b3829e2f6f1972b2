"""The register: every kind of personal data, what for, how long. The page and the night follow it.

A model's field that looks personal must be named here, by a holding or among the EXEMPT with the
reason (tests/privacy/test_register.py). Times follow from claims and law: a claim for loss or
damage lapses after a year (CMR art. 32; in France code de commerce L133-6), accounts are kept as
the country says (accounting.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

YEAR = 365


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of personal data.

    It is erased `days` after the moment that `since` names, by the function of this name in
    retention.py. Without `days` it stays as long as `since` says. `is_of_recipient`: of somebody
    who has no account; it goes into nobody else's export.
    """

    name: str
    what: Promise
    purpose: Promise
    since: Promise
    fields: tuple[str, ...]  # app.Model.field
    days: int | None = None
    is_of_recipient: bool = False


HOLDINGS: tuple[Holding, ...] = (
    Holding(
        "access",
        _("Phone numbers and how to get in, on stops"),
        _("The courier rings, and finds the door."),
        _("after the stop"),
        ("dispatch.Task.phone", "dispatch.Task.instructions"),
        days=30,
        is_of_recipient=True,
    ),
    Holding(
        "recipients",
        _("Names and addresses of those who get a parcel"),
        _("The parcel arrives; claims for loss or damage can be answered."),
        _("after the delivery"),
        (
            "dispatch.Delivery.recipient_name",
            "dispatch.Delivery.recipient_language",
            "dispatch.Task.contact",
            "dispatch.Task.place",
            "dispatch.Task.address",
            "accounts.Address.name",
            "accounts.Address.street",
            "accounts.Address.latitude",
            "accounts.Address.longitude",
            "accounts.Address.instructions",
        ),
        days=YEAR,
        is_of_recipient=True,
    ),
    Holding(
        "proofs",
        _("Proofs of delivery: photos, and who received"),
        _("Shows that it was delivered, and to whom."),
        _("after the delivery"),
        ("dispatch.Proof.recipient_name", "dispatch.Proof.photo"),
        days=YEAR,
        is_of_recipient=True,
    ),
    Holding(
        "incidents",
        _("What couriers wrote about a problem at a stop"),
        _("The office clears the problem up."),
        _("after the incident"),
        ("dispatch.Incident.note",),
        days=YEAR,
        is_of_recipient=True,
    ),
    Holding(
        "late_reports",
        _("What a courier’s phone told too late"),
        _("The office decides whether it counts."),
        _("after the delivery"),
        (
            "dispatch.LateReport.recipient_name",
            "dispatch.LateReport.photo",
            "dispatch.LateReport.note",
            "dispatch.LateReport.aside_because",
        ),
        days=YEAR,
        is_of_recipient=True,
    ),
    Holding(
        "order_notes",
        _("Notes on orders"),
        _("What the courier or the producer should know."),
        _("after the day of the order"),
        ("orders.Order.note", "orders.OrderPart.note"),
        days=YEAR,
    ),
    Holding(
        "standing_recipients",
        _("Who gets a parcel of a standing order"),
        _("Each date can be delivered."),
        _("after the last date of a standing order that has ended"),
        (
            "recurring.RuleVersion.recipient",
            "recurring.RuleVersion.recipient_phone",
            "recurring.RuleVersion.recipient_address",
            "recurring.RuleVersion.note",
            "recurring.RuleVersion.producer_notes",
            "recurring.Override.note",
            "recurring.StandingOrderEvent.changes",
        ),
        days=YEAR,
        is_of_recipient=True,
    ),
    Holding(
        "people",
        _("Accounts: name, e-mail, phone, roles and what each person did"),
        _("People sign in, are reached, and are paid for what they rode."),
        _("after somebody who may no longer sign in was last here"),
        (
            "accounts.User.name",
            "accounts.User.email",
            "accounts.User.phone",
            "accounts.User.password",
            "account.EmailAddress.email",
            "account.EmailConfirmation.email_address",
        ),
        days=2 * YEAR,
    ),
    Holding(
        "second_factors",
        _("Second steps: apps and passkeys, and who let somebody begin anew"),
        _("Nobody comes in who has learnt a password."),
        _("As long as the account has them"),
        (
            "second_factor.AuthenticatorApp.name",
            "second_factor.AuthenticatorApp.secret_in_letters",
            "second_factor.BackupCodes.name",
            "second_factor.FactorReset.by_name",
            "second_factor.FactorReset.reason",
            "django_otp_webauthn.WebAuthnCredential.name",
        ),
    ),
    Holding(
        "invitations",
        _("Invitations"),
        _("Somebody gets an account."),
        _("after it was used, taken back or ran out"),
        ("accounts.Invitation.name", "accounts.Invitation.email"),
        days=30,
    ),
    Holding(
        "sessions",
        _("Signed-in browsers"),
        _("People stay signed in."),
        _("after it has run out"),
        ("accounts.Session.values", "accounts.Session.device"),
        days=1,
    ),
    Holding(
        "mails",
        _("Mails that were sent"),
        _("Each is sent once, and can be looked into when it did not arrive."),
        _("after it was written"),
        ("coopcycle.OutboxMessage.payload", "coopcycle.OutboxMessage.last_error"),
        days=30,
    ),
    Holding(
        "imports",
        _("Files of standing orders that were imported"),
        _("What is made is what was shown."),
        _("after it was brought"),
        ("recurring.RuleImport.text", "recurring.RuleImport.file_name"),
        days=30,
    ),
    Holding(
        "calendars",
        _("Names of closed calendar addresses"),
        _("People recognise which device reads."),
        _("after it was closed"),
        ("recurring.CalendarFeed.name",),
        days=30,
    ),
    Holding(
        "exports",
        _("Files that were made to be taken away"),
        _("Somebody takes their data along."),
        _("after it was asked for"),
        ("privacy.Export.file",),
        days=1,
    ),
    Holding(
        "security_events",
        _("The trail of sign-ins, refusals and exports: network address and time"),
        _("A theft is seen, and shown."),
        _(
            "A year, then the night removes it; until then nobody can change it, and people are numbers in it"
        ),
        ("audit.SecurityEvent.address", "audit.SecurityEvent.details"),
    ),
    Holding(
        "changes",
        _("The record of changes: what stood in a row before, and who changed it"),
        _("Who did what can be shown, and a mistake undone."),
        _(
            "Three years, then the night removes it; what is erased of a row is erased from its record in the same moment"
        ),
        ("audit.Event.changes", "audit.Event.reason"),
    ),
    Holding(
        "businesses",
        _("Businesses: contact, phone, e-mail, VAT number"),
        _("Orders, deliveries and invoices."),
        _("As long as it is a customer or partner, then with the accounts"),
        (
            "accounts.Business.name",
            "accounts.Business.phone",
            "accounts.Business.email",
            "accounts.Business.address",
            "accounts.Business.tax_number",
        ),
    ),
    Holding(
        "rounds",
        _("Who rode which stop, and when"),
        _("Pay, fair sharing of work, and claims."),
        _("As long as the account; then it stays without the name"),
        (
            "dispatch.TaskEvent.actor",
            "dispatch.TaskEvent.device_at",
            "dispatch.Tour.courier",
            "dispatch.LateReport.courier",
            "dispatch.LateReport.device_at",
        ),
    ),
)

# Looks personal by its name, and is not; each with the reason.
EXEMPT: Mapping[str, str] = {
    "accounts.Business.address": "named above, of the business",
    "accounts.Address.postal_code": "a part of town",
    "accounts.Address.city": "a town",
    "dispatch.Vehicle.name": "a bike's",
    "dispatch.UsualTour.name": "a round's",
    "dispatch.TaskEvent.details": "names of fields that changed, and who rode it, until they are erased",
    "orders.OrderEvent.details": "what changed and how the price came about, no note and no recipient",
    "orders.OrderLine.name": "a product's",
    "orders.OrderLine.note": "a product's size",
    "orders.Product.name": "a product's",
    "orders.Product.note": "a product's size",
    "recurring.BulkPause.reason": "why the co-op pauses",
    "recurring.HolidayDay.name": "a holiday's",
    "recurring.Occurrence.detail": "a holiday's name or a pause's reason",
    "recurring.StandingOrder.name": "what a business calls its standing order",
    "privacy.ErasureRun.counts": "how many",
    "second_factor.BackupCode.device": "which set a code is of",
}


def fields_of_recipients() -> frozenset[str]:
    """What is of people without an account."""
    return frozenset(
        field for holding in HOLDINGS if holding.is_of_recipient for field in holding.fields
    )
