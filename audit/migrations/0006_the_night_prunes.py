"""Let the night end the time of old events, where no login may remove any.

Removing was the owner's alone, so it waited for a hand each month, and network addresses stayed longer
than is promised. This function removes for a login what is due and nothing else: whole seals, whose
newest event is older than the times below by the server's own clock. Who calls it may ask for longer
times, never for shorter ones. Shorter ones are the owner's (`manage.py prune_audit`).
"""

from django.db import connection, migrations

PRUNE = r"""
CREATE OR REPLACE FUNCTION public.audit_prune(home text, which text, days integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    least_days integer := CASE which WHEN 'event' THEN 1096 WHEN 'security' THEN 366 END;
    old record;
    removed integer;
BEGIN
    PERFORM public.audit_ask(home);
    IF least_days IS NULL OR days IS NULL THEN
        RAISE EXCEPTION 'There is no such time.' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('SELECT id, event_ids || '''' AS ids FROM %I.audit_seal
                    WHERE log = $1 AND pruned_at IS NULL AND newest_at < $2 ORDER BY number LIMIT 1 FOR UPDATE', home)
        INTO old USING which, statement_timestamp() - make_interval(days => greatest(days, least_days));
    IF old.id IS NULL THEN
        RETURN NULL;  -- nothing is due, or another one has just removed it
    END IF;
    PERFORM set_config('audit.keeping', home, true);
    EXECUTE format(
        'DELETE FROM %I.%I WHERE id IN (
             SELECT (''x'' || encode(substring($1 FROM 1 + 8 * n FOR 8), ''hex''))::bit(64)::bigint
             FROM generate_series(0, octet_length($1) / 8 - 1) AS n)', home,
        CASE which WHEN 'event' THEN 'audit_event' ELSE 'audit_securityevent' END) USING old.ids;
    GET DIAGNOSTICS removed = ROW_COUNT;
    EXECUTE format('UPDATE %I.audit_seal SET event_ids = NULL, digests = NULL, pruned_at = statement_timestamp()
                    WHERE id = $1', home) USING old.id;
    PERFORM set_config('audit.keeping', '', true);
    RETURN removed;
END $$
"""
NAME = "public.audit_prune(text, text, integer)"


def make(apps, schema_editor):
    if connection.schema_name == "public":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(PRUNE)
            cursor.execute(f"REVOKE ALL ON FUNCTION {NAME} FROM PUBLIC")


def unmake(apps, schema_editor):
    if connection.schema_name == "public":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"DROP FUNCTION {NAME}")


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_what_an_erasure_leaves")]

    operations = [migrations.RunPython(make, unmake)]
