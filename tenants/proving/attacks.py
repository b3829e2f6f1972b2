"""What injected SQL tries from inside one cooperative, and must be refused.

`{own}` and `{other}` stand for the two schemas. PostgreSQL must refuse each statement for want of
rights, not because it cannot be read: the proof is worth nothing otherwise.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Family(models.TextChoices):
    """What an attack is after, in words for people."""

    READ = "read", _("read another co-op's rows")
    WRITE = "write", _("change another co-op's rows or tables")
    PLAY = "play", _("become another login")
    SHARED = "shared", _("see or change what co-ops share")
    BUILD = "build", _("make or change tables and code")
    RIGHTS = "rights", _("get more rights")
    RECORD = "record", _("change what was recorded of it")
    SERVER = "server", _("reach the server's files and programs")


@dataclass(frozen=True, slots=True)
class Attack:
    """One statement, or several stacked in one string.

    `needs_own_transaction`: PostgreSQL never runs it inside a transaction, so it could not be
    taken back. It is tried in tests only, on a database that is thrown away.
    """

    name: str
    family: Family
    statement: str
    needs_own_transaction: bool = False


_STATEMENTS: dict[Family, dict[str, str]] = {
    Family.READ: {
        "qualified read": "SELECT * FROM {other}.accounts_user",
        "union": "SELECT email FROM {own}.accounts_user UNION SELECT email FROM {other}.accounts_user",
        "sub-select": "SELECT (SELECT count(*) FROM {other}.accounts_user)",
        "stacked": "SELECT 1; SELECT * FROM {other}.accounts_user",
        "stacked path": "SET search_path = {other}, public; SELECT * FROM accounts_user",
        "copy out": "COPY {other}.accounts_user TO STDOUT",
        "view": "CREATE VIEW {own}.peek AS SELECT * FROM {other}.accounts_user",
        "counter of the other": "SELECT nextval('{other}.accounts_user_id_seq')",
        "foreign key as an oracle": "ALTER TABLE {own}.accounts_membership ADD FOREIGN KEY (user_id) REFERENCES {other}.accounts_user",
        "sampled values": "SELECT * FROM pg_statistic",
        "lock the other": "BEGIN; LOCK TABLE {other}.accounts_user",
        "template": "SELECT * FROM template_cooperative.accounts_user",
    },
    Family.WRITE: {
        "qualified insert": "INSERT INTO {other}.accounts_address SELECT * FROM {own}.accounts_address",
        "qualified update": "UPDATE {other}.accounts_user SET is_active = false",
        "qualified delete": "DELETE FROM {other}.accounts_user",
        "drop of the other": "DROP SCHEMA {other} CASCADE",
        "owner of a table": "ALTER TABLE {other}.accounts_user OWNER TO {own}",
        "trigger": "CREATE TRIGGER t AFTER INSERT ON {other}.accounts_user EXECUTE FUNCTION now()",
    },
    Family.PLAY: {
        "set role": "SET ROLE {other}",
        "set role, stacked": "SET ROLE {other}; SELECT * FROM {other}.accounts_user",
        "set role, quoted and commented": 'SET/**/ROLE "{other}"',
        "set local role": "BEGIN; SET LOCAL ROLE {other}; SELECT * FROM {other}.accounts_user",
        "set role to the group": "SET ROLE coopcycle_cooperatives",
        "set role to the federation": "SET ROLE coopcycle_federation",
        "set role to the owner": "SET ROLE coopcycle_owner",
        "set_config of the role": "SELECT set_config('role', '{other}', false)",
        "reset role and read": "RESET ROLE; SELECT * FROM {other}.accounts_user",
        "session authorization": "SET SESSION AUTHORIZATION {other}",
        "set_config of the session": "SELECT set_config('session_authorization', '{other}', false)",
        "reset authorization and read": "RESET SESSION AUTHORIZATION; SELECT * FROM {other}.accounts_user",
        "discard all and read": "SELECT * FROM {other}.accounts_user; DISCARD ALL",
    },
    Family.SHARED: {
        "row security off": "SET row_security = off; SELECT * FROM public.tenants_cooperative",
        "row security of the list": "ALTER TABLE public.tenants_cooperative DISABLE ROW LEVEL SECURITY",
        "policy": "DROP POLICY own_rows ON public.tenants_cooperative",
        "federation's people": "SELECT * FROM public.accounts_user",
        "federation's sessions": "SELECT * FROM public.accounts_session",
        "write the list": "UPDATE public.tenants_cooperative SET name = 'mine'",
        "add a host": "INSERT INTO public.tenants_domain (domain, tenant_id, is_primary) SELECT 'x', id, true FROM public.tenants_cooperative",
        "change a tax rate": "UPDATE public.tenants_taxrate SET rate = 0",
    },
    Family.BUILD: {
        "truncate of its own": "TRUNCATE {own}.accounts_user CASCADE",
        "do block": "DO $$ BEGIN PERFORM * FROM {other}.accounts_user; END $$",
        "function": "CREATE FUNCTION {own}.peek() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM {other}.accounts_user'",
        "function in public": "CREATE FUNCTION public.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "security definer": "CREATE FUNCTION {own}.peek() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "table of its own": "CREATE TABLE {own}.loot (x int)",
        "table in public": "CREATE TABLE public.accounts_business (x int)",
        "temporary table": "CREATE TEMP TABLE accounts_user (x int)",
        "new schema": "CREATE SCHEMA loot",
        "drop": "DROP TABLE {own}.accounts_user CASCADE",
        "alter its own": "ALTER TABLE {own}.accounts_user DISABLE ROW LEVEL SECURITY",
        "its migrations": "DELETE FROM {own}.django_migrations",
    },
    Family.RIGHTS: {
        "grant to itself": "GRANT USAGE ON SCHEMA {other} TO {own}",
        "grant of a role": "GRANT {other} TO {own}",
        "grant of the owner": "GRANT coopcycle_owner TO {own}",
        "grant of the group onward": "GRANT coopcycle_cooperatives TO {own} WITH ADMIN OPTION",
        "new role": "CREATE ROLE loot LOGIN",
        "password of the other": "ALTER ROLE {other} PASSWORD 'x'",
        "superuser": "ALTER ROLE {own} SUPERUSER",
        "more rights": "ALTER ROLE {own} CREATEROLE",
        "bypass": "ALTER ROLE {own} BYPASSRLS",
        "more connections": "ALTER ROLE {own} CONNECTION LIMIT -1",
        "password hashes": "SELECT * FROM pg_authid",
        "password hashes by view": "SELECT * FROM pg_shadow",
        "settings of the other": "ALTER ROLE {other} SET search_path = {own}",
    },
    Family.RECORD: {
        "alter a security event": "UPDATE {own}.audit_securityevent SET kind = 'signed_out'",
        "delete security events": "DELETE FROM {own}.audit_securityevent",
        "empty the security events": "TRUNCATE {own}.audit_securityevent",
        "alter an event": "UPDATE {own}.audit_event SET actor_id = 1",
        "delete events": "DELETE FROM {own}.audit_event",
        "write a false event": "INSERT INTO {own}.audit_event SELECT * FROM {own}.audit_event",
        "undo a seal": "DELETE FROM {own}.audit_seal",
        "seal the other's trail": "SELECT public.audit_seal('{other}', 1)",
        "erase in the other's trail": "SELECT public.audit_erase('{other}', 'accounts_user', '{{1}}', '{{name}}')",
        "prune the other's trail": "SELECT public.audit_prune('{other}', 'event', 0)",
        "triggers of a table off": "ALTER TABLE {own}.accounts_user DISABLE TRIGGER ALL",
        "triggers of the session off": "SET session_replication_role = replica",
    },
    Family.SERVER: {
        "copy to a program": "COPY (SELECT 1) TO PROGRAM 'cat'",
        "copy from a file": "COPY {own}.accounts_address FROM '/etc/passwd'",
        "read a file": "SELECT pg_read_file('/etc/passwd')",
        "import a large object": "SELECT lo_import('/etc/passwd')",
        "extension": "CREATE EXTENSION dblink",
        "system settings": "ALTER SYSTEM SET log_statement = 'all'",
    },
}
_NEEDS_OWN_TRANSACTION = frozenset({"system settings"})

ATTACKS: tuple[Attack, ...] = tuple(
    Attack(name, family, statement, name in _NEEDS_OWN_TRANSACTION)
    for family, statements in _STATEMENTS.items()
    for name, statement in statements.items()
)
