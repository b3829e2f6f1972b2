"""An erased event's digest proves what stood there, not what still stands there: so the erasure says it.

The event of an erasure lists, under `#kept`, each event that it rewrote with the hash of what it left:
salt, reason and changes. It is sealed like any other. The salt is a new one, so that a value which a
second erasure takes out cannot be guessed from the first one's hash, nor from the hash of the whole. Events
erased before keep what they have; a later erasure of the same row lists them too.

One statement, and only what it rewrote: of two erasures of one event at once the second waits, and its
event comes after the first one's.
"""

from importlib import import_module

from django.db import connection, migrations

before = import_module("audit.migrations.0003_triggers")

ERASE = r"""
CREATE OR REPLACE FUNCTION public.audit_erase(home text, told text, rows bigint[], at_most text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    personal text[];
    erased integer;
BEGIN
    PERFORM public.audit_ask(home);
    SELECT split_part(encode(t.tgargs, 'escape'), '\000', 4)::text[] INTO personal
    FROM pg_trigger t WHERE t.tgrelid = to_regclass(format('%I.%I', home, told)) AND t.tgname = 'audit_insert';
    personal := ARRAY(SELECT unnest(personal) INTERSECT SELECT unnest(at_most) ORDER BY 1);
    PERFORM set_config('audit.keeping', home, true);
    EXECUTE format(
        'WITH rewritten AS (
             UPDATE %1$I.audit_event SET
                 erased_hash = coalesce(erased_hash, sha256(convert_to(concat_ws(''|'', salt::text, reason, changes::text), ''UTF8''))),
                 salt = gen_random_uuid(), reason = '''',
                 changes = changes - $3 || coalesce((SELECT jsonb_object_agg(key, ''[]''::jsonb)
                     FROM jsonb_object_keys(changes) AS key WHERE key = ANY ($3)), ''{}'')
             WHERE kind = $1 AND row_id = ANY ($2) AND operation <> ''E''
               AND (changes ?| $3 OR reason <> '''' OR (erased_hash IS NOT NULL AND salt IS NULL))
             RETURNING id, row_id, encode(sha256(convert_to(concat_ws(''|'', salt::text, reason, changes::text), ''UTF8'')), ''hex'') AS hash
         ), kept AS (
             SELECT row_id, jsonb_object_agg(id, hash) AS hashes FROM rewritten GROUP BY row_id
         ), said AS (
             INSERT INTO %1$I.audit_event (at, xact, kind, row_id, operation, actor_id, request_id, login, reason, changes, salt)
             SELECT statement_timestamp(), pg_current_xact_id()::text::bigint, $1, gone, ''E'', $4, $5, $6, '''',
                    (SELECT coalesce(jsonb_object_agg(name, ''[]''::jsonb), ''{}'') FROM unnest($3) AS name)
                    || jsonb_build_object(''#kept'', coalesce(kept.hashes, ''{}'')), gen_random_uuid()
             FROM unnest($2) AS gone LEFT JOIN kept ON kept.row_id = gone
             WHERE EXISTS (SELECT FROM %1$I.audit_event WHERE kind = $1 AND row_id = gone)
         )
         SELECT count(*)::integer FROM rewritten', home)
    INTO erased
    USING told, rows, personal, nullif(current_setting('audit.actor', true), '')::bigint,
          coalesce(current_setting('audit.request', true), ''),
          CASE WHEN session_user = home THEN '' ELSE session_user::text END;
    PERFORM set_config('audit.keeping', '', true);
    RETURN erased;
END $$
"""


def _put(function):
    def put(apps, schema_editor):
        if connection.schema_name == "public":
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(function)

    return put


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_one_seals_at_a_time")]

    operations = [migrations.RunPython(_put(ERASE), _put(before.ERASE))]
