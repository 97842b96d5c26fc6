#!/usr/bin/env bash
# kysely 0.29.9: its Migrator takes a transaction, and one would guess that what PostgreSQL refuses comes out as the reason.
# When the role may not create the migrator's own table, the answer is instead that the transaction is aborted (25P02): after
# the refusal the migrator asks in the same transaction whether the table is there by now, and that second error hides the
# first (42501, permission denied). Outside of a transaction the reason comes out.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kysely@0.29.9 @electric-sql/pglite@0.3.14
cat >reason.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { Migrator } from 'kysely/migration';

const server = await PGlite.create();
await server.exec(`create role reader; revoke create on schema public from public; grant usage on schema public to reader; set role reader`);
const connection = {
  executeQuery: async ({ sql, parameters }) => {
    const { rows, affectedRows } = await server.query(sql, [...parameters]);
    return { rows, numAffectedRows: BigInt(affectedRows ?? 0) };
  },
};
const driver = {
  init: async () => {},
  acquireConnection: async () => connection,
  beginTransaction: () => server.query('begin'),
  commitTransaction: () => server.query('commit'),
  rollbackTransaction: () => server.query('rollback'),
  releaseConnection: async () => {},
  destroy: () => server.close(),
};
const db = new Kysely({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const provider = { getMigrations: async () => ({ one: { up: async () => {} } }) };
const codeOf = async (db) => {
  try {
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    return error?.code ?? String(error);
  } catch (error) {
    return error.code ?? String(error);
  }
};
const outside = await codeOf(db);
const inside = await db
  .transaction()
  .execute(codeOf)
  .catch((error) => error.code);
console.log(`${outside} ${inside}`);
process.exit();
JS
seen=$(node reason.mjs)
echo "kysely 0.29.9, a role that may not create tables: outside of a transaction and inside of one $seen"
[ "$seen" = '42501 25P02' ]
