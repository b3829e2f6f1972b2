"""The functions behind the audit trail. They stand once, in `public`; events stay in each schema.

All run as the owner, who alone may write events and seals, with a search path that nobody can
bend. `home` is the schema they work for.
"""

from django.db import connection, migrations

# Told by each trigger: parent column, secret, ignored and personal columns, column of the home,
# and whether rows come by the thousand: then an insert keeps no copy of them.
RECORD = r"""
CREATE OR REPLACE FUNCTION public.audit_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parent text := CASE WHEN TG_ARGV[0] = '' THEN 'NULL::bigint' ELSE format('r.%I::bigint', TG_ARGV[0]) END;
    home text;
    homes text[] := ARRAY[TG_TABLE_SCHEMA];
    chosen text := '';
    source text;
BEGIN
    IF TG_ARGV[4] <> '' AND TG_OP = 'UPDATE' THEN  -- a row of all co-ops' list: to its own trail
        chosen := format(' WHERE r.%I = $8', TG_ARGV[4]);
        EXECUTE format('SELECT array_agg(DISTINCT %1$I) FROM new_rows
            WHERE to_regclass(quote_ident(%1$I) || $q$.audit_event$q$) IS NOT NULL', TG_ARGV[4]) INTO homes;
    END IF;
    -- A row that got another number left the old one: all of it went.
    source := CASE
        WHEN TG_OP = 'UPDATE' THEN
            $q$'U', (SELECT jsonb_object_agg(key, CASE WHEN key = ANY ($9) THEN '[null, null]'::jsonb
                                                       ELSE jsonb_build_array(value, after -> key) END)
                     FROM jsonb_each(before) WHERE value IS DISTINCT FROM after -> key), gen_random_uuid()
               FROM (SELECT o.id, $q$ || parent || $q$ AS parent_id, to_jsonb(o) - $10 AS before, to_jsonb(r) - $10 AS after
                     FROM old_rows o LEFT JOIN new_rows r ON r.id = o.id$q$ || chosen || $q$ OFFSET 0) AS r
               WHERE before IS DISTINCT FROM after$q$
        WHEN TG_OP = 'DELETE' THEN
            $q$'D', jsonb_strip_nulls(to_jsonb(r) - $9 - $10), gen_random_uuid() FROM old_rows r$q$
        WHEN TG_ARGV[5] <> '' THEN
            $q$'I', '{}'::jsonb, NULL::uuid FROM new_rows r$q$
        ELSE
            $q$'I', jsonb_strip_nulls(to_jsonb(r) - $9 - $10), gen_random_uuid() FROM new_rows r$q$
        END;
    FOREACH home IN ARRAY coalesce(homes, '{}') LOOP
        EXECUTE format(
            'INSERT INTO %I.audit_event (at, xact, kind, row_id, parent_id, actor_id, request_id, login, reason,
                                         operation, changes, salt)
             SELECT $1, $2, $3, r.id, ', home)
            || CASE WHEN TG_OP = 'UPDATE' THEN 'parent_id' ELSE parent END
            || ', $4, $5, $6, $7, ' || source || ' ORDER BY r.id'
        USING statement_timestamp(), pg_current_xact_id()::text::bigint, TG_TABLE_NAME::text,
              nullif(current_setting('audit.actor', true), '')::bigint,
              coalesce(current_setting('audit.request', true), ''),
              CASE WHEN session_user = home THEN '' ELSE session_user::text END,
              left(coalesce(current_setting('audit.reason', true), ''), 300),
              home, TG_ARGV[1]::text[], TG_ARGV[2]::text[];
    END LOOP;
    RETURN NULL;
END $$
"""

# Nobody changes what was recorded, not the owner by mistake either; the two functions below may.
REFUSE = r"""
CREATE OR REPLACE FUNCTION public.audit_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('audit.keeping', true) = TG_TABLE_SCHEMA THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$
"""

# A digest proves who changed which row and when; the content has a hash of its own inside it, which
# stays when the content is erased. audit/digests.py computes the same.
SEAL_LOG = r"""
CREATE OR REPLACE FUNCTION public.audit_seal_log(home text, which text, most integer, until bigint) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    events text := format('%I.%I', home, CASE which WHEN 'event' THEN 'audit_event' ELSE 'audit_securityevent' END);
    digest text := CASE which
        WHEN 'event' THEN $d$sha256(convert_to(concat_ws('|', id, (extract(epoch FROM at) * 1000000)::bigint, xact, kind,
            row_id, coalesce(parent_id::text, '-'), operation, coalesce(actor_id::text, '-'), request_id, login), 'UTF8')
            || coalesce(erased_hash, sha256(convert_to(concat_ws('|', salt::text, reason, changes::text), 'UTF8'))))$d$
        ELSE $d$sha256(convert_to(concat_ws('|', id, (extract(epoch FROM at) * 1000000)::bigint, xact, kind,
            coalesce(user_id::text, '-'), coalesce(about_id::text, '-'), coalesce(host(address), '-'),
            request_id, rule, details::text), 'UTF8'))$d$
        END;
    last record;
    found record;
BEGIN
    -- The second of two at once waits here, and then finds the work done.
    EXECUTE format('SELECT number, above_id, to_xact, root FROM %I.audit_seal WHERE log = $1
                    ORDER BY number DESC LIMIT 1 FOR UPDATE', home) INTO last USING which;
    EXECUTE format('SELECT least($3, 1 + (SELECT xact FROM %s WHERE id > $1 AND xact >= $2 AND xact < $3
                                          ORDER BY xact OFFSET $4 LIMIT 1))', events)
        INTO until USING coalesce(last.above_id, 0), coalesce(last.to_xact, 0), until, most - 1;
    EXECUTE format(
        'SELECT count(*)::integer AS amount, max(at) AS newest_at, string_agg(int8send(id), '''' ORDER BY id) AS ids,
                string_agg(digest, '''' ORDER BY id) AS digests
         FROM (SELECT id, at, %s AS digest FROM %s WHERE id > $1 AND xact >= $2 AND xact < $3) AS chosen', digest, events)
        INTO found USING coalesce(last.above_id, 0), coalesce(last.to_xact, 0), until;
    IF found.amount > 0 THEN
        PERFORM public.audit_link(home, which, last.number, coalesce(last.above_id, 0), coalesce(last.to_xact, 0),
                                  until, found.amount, found.newest_at, found.ids, found.digests, last.root);
    END IF;
    RETURN found.amount;
END $$
"""

LINK = r"""
CREATE OR REPLACE FUNCTION public.audit_link(
    home text, which text, before integer, above bigint, since bigint, until bigint, amount integer,
    newest timestamptz, ids bytea, digests bytea, previous bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    content bytea := sha256(ids || digests);
    next integer := coalesce(before, 0) + 1;
BEGIN
    EXECUTE format(
        'INSERT INTO %I.audit_seal (log, number, above_id, from_xact, to_xact, amount, newest_at,
             event_ids, digests, content, root, sealed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp())', home)
    USING which, next, above, since, until, amount, newest, ids, digests, content,
          sha256(coalesce(previous, '') || content || convert_to(concat_ws('|', which, next, above, since, until,
                 amount, (extract(epoch FROM newest) * 1000000)::bigint), 'UTF8'));
END $$
"""

# Up to the oldest transaction that is still open: whatever ends later is sealed later. Nobody waits.
SEAL = r"""
CREATE OR REPLACE FUNCTION public.audit_seal(home text, most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ended bigint := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
BEGIN
    PERFORM public.audit_ask(home);
    RETURN public.audit_seal_log(home, 'event', most, ended) + public.audit_seal_log(home, 'security', most, ended);
END $$
"""

ASK = r"""
CREATE OR REPLACE FUNCTION public.audit_ask(home text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT pg_has_role(session_user, CASE home WHEN 'public' THEN 'coopcycle_federation' ELSE home END, 'MEMBER') THEN
        RAISE EXCEPTION 'This trail is another co-op''s.' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$
"""

# After a restore: all that came back has ended, and another server may number transactions anew.
RESTART = r"""
CREATE OR REPLACE FUNCTION public.audit_restart(home text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    which text;
    last record;
    above bigint;
BEGIN
    FOREACH which IN ARRAY ARRAY['event', 'security'] LOOP
        PERFORM public.audit_seal_log(home, which, 2147483647, 9223372036854775807);
        EXECUTE format('SELECT number, root FROM %I.audit_seal WHERE log = $1 ORDER BY number DESC LIMIT 1', home)
            INTO last USING which;
        EXECUTE format('SELECT coalesce(max(id), 0) FROM %I.%I', home,
            CASE which WHEN 'event' THEN 'audit_event' ELSE 'audit_securityevent' END) INTO above;
        PERFORM public.audit_link(home, which, last.number, above, 0, 0, 0, statement_timestamp(), '', '', last.root);
    END LOOP;
END $$
"""

# Only columns that the model declares as personal, and it leaves an event of its own.
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
        'UPDATE %I.audit_event SET
             erased_hash = coalesce(erased_hash, sha256(convert_to(concat_ws(''|'', salt::text, reason, changes::text), ''UTF8''))),
             salt = NULL, reason = '''',
             changes = changes - $3 || coalesce((SELECT jsonb_object_agg(key, ''[]''::jsonb)
                 FROM jsonb_object_keys(changes) AS key WHERE key = ANY ($3)), ''{}'')
         WHERE kind = $1 AND row_id = ANY ($2) AND operation <> ''E''
           AND (changes ?| $3 OR reason <> '''')', home) USING told, rows, personal;
    GET DIAGNOSTICS erased = ROW_COUNT;
    EXECUTE format(
        'INSERT INTO %I.audit_event (at, xact, kind, row_id, operation, actor_id, request_id, login, reason, changes, salt)
         SELECT statement_timestamp(), pg_current_xact_id()::text::bigint, $1, gone, ''E'', $4, $5, $6, '''',
                (SELECT coalesce(jsonb_object_agg(name, ''[]''::jsonb), ''{}'') FROM unnest($3) AS name), gen_random_uuid()
         FROM unnest($2) AS gone WHERE EXISTS (SELECT FROM %1$I.audit_event WHERE kind = $1 AND row_id = gone)', home)
    USING told, rows, personal, nullif(current_setting('audit.actor', true), '')::bigint,
          coalesce(current_setting('audit.request', true), ''),
          CASE WHEN session_user = home THEN '' ELSE session_user::text END;
    PERFORM set_config('audit.keeping', '', true);
    RETURN erased;
END $$
"""

FUNCTIONS = {
    "audit_record()": RECORD,
    "audit_refuse()": REFUSE,
    "audit_link(text, text, integer, bigint, bigint, bigint, integer, timestamptz, bytea, bytea, bytea)": LINK,
    "audit_seal_log(text, text, integer, bigint)": SEAL_LOG,
    "audit_ask(text)": ASK,
    "audit_seal(text, integer)": SEAL,
    "audit_restart(text)": RESTART,
    "audit_erase(text, text, bigint[], text[])": ERASE,
}
TABLES = ("audit_event", "audit_securityevent", "audit_seal")


def make(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        if connection.schema_name == "public":
            for name, function in FUNCTIONS.items():
                cursor.execute(function)
                cursor.execute(f"REVOKE ALL ON FUNCTION public.{name} FROM PUBLIC")
        cursor.execute(
            "CREATE INDEX event_by_time ON audit_event USING brin (xact, at) WITH (pages_per_range = 16)"
        )
        for table in TABLES:
            cursor.execute(
                f"CREATE TRIGGER audit_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()"
            )


def unmake(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('DROP TRIGGER %%I ON %%I.%%I', tgname, %s, relname) FROM pg_trigger"
            " JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = %s::regnamespace AND tgname LIKE 'audit\\_%%'",
            [connection.schema_name, connection.schema_name],
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)
        cursor.execute("DROP INDEX event_by_time")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_events_and_seals")]

    operations = [migrations.RunPython(make, unmake)]
