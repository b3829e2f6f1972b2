#!/bin/sh
# Run once by the postgres image, as its superuser: the owner's role and the database.
# The same statements as coopcycle/runtime/postgres.py runs for the demo.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$DATABASE_OWNER_PASSWORD" --username postgres --dbname postgres <<'SQL'
CREATE ROLE coopcycle_owner LOGIN CREATEROLE CREATEDB PASSWORD :'password';
CREATE DATABASE coopcycle OWNER coopcycle_owner;
REVOKE CONNECT, TEMP ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT, TEMP ON DATABASE coopcycle FROM PUBLIC;
GRANT CONNECT, TEMP ON DATABASE coopcycle TO coopcycle_owner;
\connect coopcycle
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
GRANT USAGE ON LANGUAGE plpgsql TO coopcycle_owner;
SQL
