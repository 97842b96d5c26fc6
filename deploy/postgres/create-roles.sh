#!/bin/sh
# Run as the superuser: creates a database, and three roles with only the rights that each needs. `verdicts migrate`,
# run as the owner, grants web and worker theirs. Passwords are read from the folder of secrets; running this again sets
# them again.
#
#   PGHOST=… PGUSER=postgres SECRETS=deploy/secrets deploy/postgres/create-roles.sh
set -eu
export SECRETS="${SECRETS:-/run/secrets}"
database=${DATABASE_NAME:-verdicts}

for name in owner web worker; do
  [ -n "$(tr -d '\r\n' <"$SECRETS/${name}_password")" ] || {
    echo "$SECRETS/${name}_password is empty: write a password into it" >&2
    exit 1
  }
done

# psql reads the passwords itself: every user of the machine could see an argument, and the server's log could contain a
# statement.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres --set database="$database" <<'SQL'
set log_statement = 'none';
set log_min_error_statement = 'panic';
set log_min_duration_statement = -1;
\set owner_password `tr -d '\r\n' <"$SECRETS/owner_password"`
\set web_password `tr -d '\r\n' <"$SECRETS/web_password"`
\set worker_password `tr -d '\r\n' <"$SECRETS/worker_password"`
select format('create role %I login', name) from unnest(array['verdicts_owner', 'verdicts_web', 'verdicts_worker']) as role (name)
  where not exists (select from pg_roles where rolname = name) \gexec
alter role verdicts_owner password :'owner_password';
alter role verdicts_web password :'web_password' connection limit 100;
alter role verdicts_worker password :'worker_password' connection limit 100;
select format('create database %I owner verdicts_owner encoding ''UTF8'' template template0', :'database')
  where not exists (select from pg_database where datname = :'database') \gexec
revoke all on database :"database" from public;
grant connect, temporary on database :"database" to verdicts_web, verdicts_worker;
\connect :"database"
-- Only the owner can create anything.
alter schema public owner to verdicts_owner;
revoke create on schema public from public;
SQL
