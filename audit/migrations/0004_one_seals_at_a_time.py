"""Two jobs that seal one trail at once made the same seal: the second failed, and said so.

The lock on the last seal's row let the second go on with that row, where the first had added one.
A lock on the table makes it wait, and then find the work done. Only who seals takes it; who reads
or writes events does not.
"""

from django.db import connection, migrations

SEAL = r"""
CREATE OR REPLACE FUNCTION public.audit_seal(home text, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
BEGIN
    PERFORM public.audit_ask(home);
    {lock}
    RETURN public.audit_seal_log(home, 'event', most, ended) + public.audit_seal_log(home, 'security', most, ended);
END $$
"""
LOCK = "EXECUTE format('LOCK TABLE %I.audit_seal IN SHARE ROW EXCLUSIVE MODE', home);"


def make(apps, schema_editor):
    if connection.schema_name == "public":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(SEAL.replace("{lock}", LOCK))


def unmake(apps, schema_editor):
    if connection.schema_name == "public":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(SEAL.replace("{lock}", ""))


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_triggers")]

    operations = [migrations.RunPython(make, unmake)]
