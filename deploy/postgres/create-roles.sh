#!/bin/sh
# Run once, as the superuser, on a new server: a database, and three roles of which none can do more than its work needs. `verdicts
# migrate`, as the owner, gives web and worker their rights. A password is read from the folder of secrets.
#
#   PGHOST=… PGUSER=postgres SECRETS=deploy/secrets deploy/postgres/create-roles.sh
set -eu
secrets=${SECRETS:-/run/secrets}
database=${DATABASE_NAME:-verdicts}

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres \
  --set database="$database" \
  --set owner_password="$(cat "$secrets/owner_password")" \
  --set web_password="$(cat "$secrets/web_password")" \
  --set worker_password="$(cat "$secrets/worker_password")" <<'SQL'
create role verdicts_owner login password :'owner_password';
create role verdicts_web login password :'web_password' connection limit 100;
create role verdicts_worker login password :'worker_password' connection limit 100;
create database :"database" owner verdicts_owner encoding 'UTF8' template template0;
revoke all on database :"database" from public;
grant connect, temporary on database :"database" to verdicts_web, verdicts_worker;
\connect :"database"
-- Nobody but the owner creates anything.
alter schema public owner to verdicts_owner;
revoke create on schema public from public;
SQL
