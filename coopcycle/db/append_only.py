"""Tables that tell what was done, and what a login of ours may do with them: never change them."""

from collections.abc import Mapping

APPEND_ONLY_TABLES: Mapping[str, str] = {
    "audit_securityevent": "SELECT, INSERT",
    "recurring_standingorderevent": "SELECT, INSERT",
    "audit_event": "SELECT",  # triggers write it, as the owner
    "audit_seal": "SELECT",  # public.audit_seal() writes it, as the owner
}
