"""Tables of a co-op's schema that are not recorded row by row, each with its reason.

A test holds that every model is either `@tracked` or here.
"""

from collections.abc import Mapping

_LOG = (
    "is itself an append-only account of what was done, written beside the rows that are recorded"
)
_MACHINE = "notes of the platform's own work, which no person makes or changes"
_DOOR = "holds a secret; what is done with it is a security event"

NOT_RECORDED: Mapping[str, str] = {
    "audit.Event": "the trail itself",
    "audit.SecurityEvent": "the trail itself",
    "audit.Seal": "the trail itself",
    "dispatch.TaskEvent": _LOG,
    "orders.OrderEvent": _LOG,
    "orders.PriceChanges": _MACHINE,
    "recurring.StandingOrderEvent": _LOG,
    "recurring.GenerationRun": _MACHINE,
    "recurring.SettledWeek": _MACHINE,
    "coopcycle.OutboxMessage": _MACHINE,
    "coopcycle.DataKey": "holds a wrapped key, made and turned by commands of the owner",
    "accounts.Limit": "counts tries, by the minute; a lockout is a security event",
    "privacy.Erasure": _LOG,
    "privacy.ErasureRun": _MACHINE,
    "privacy.Export": "a file that is gone in days; that it was asked for is a security event",
    "recurring.SuggestionRest": "a hint put aside for a time, which changes no order",
    "accounts.Session": _DOOR,
    "second_factor.AuthenticatorApp": _DOOR,
    "second_factor.BackupCodes": _DOOR,
    "second_factor.BackupCode": _DOOR,
    "second_factor.FactorReset": _LOG,
    "django_otp_webauthn.WebAuthnCredential": _DOOR,
    "django_otp_webauthn.WebAuthnAttestation": "not used: we ask devices for no attestation",
    "django_otp_webauthn.WebAuthnUserHandle": "a random name of a person for their own devices",
    "contenttypes.ContentType": _MACHINE,
    "auth.Permission": "not used: accounts/access.py has the rules",
    "auth.Group": "not used: accounts/access.py has the rules",
    "auth.Group_permissions": "not used: accounts/access.py has the rules",
    "account.EmailAddress": "not used: a person's address is in accounts.User",
    "account.EmailConfirmation": "not used: a person's address is in accounts.User",
}
