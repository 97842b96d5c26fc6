#!/usr/bin/env bash
# kysely 0.29.9: before it migrates, its Migrator has to know whether its own two tables exist, and one would guess that it
# asks for these. It reads the columns of every table of the database, once for each of the two, also when nothing is to be
# done: with 200 tables of 20 columns 4,000 rows and more each time. A caller that applies migrations one by one, each in a
# transaction of its own, pays that for every migration. A dialect can have an introspector of its own that answers
# `withInternalKyselyTables` with these two tables.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kysely@0.29.9 @electric-sql/pglite@0.3.14
cat >columns.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';

const pglite = await PGlite.create();
const columns = Array.from({ length: 20 }, (_, index) => `c${index} integer`).join(', ');
await pglite.exec(Array.from({ length: 200 }, (_, index) => `create table t${index} (${columns});`).join('\n'));
const readings = [];
const query = pglite.query.bind(pglite);
pglite.query = async (sql, ...rest) => {
  const result = await query(sql, ...rest);
  if (sql.includes('pg_attribute')) {
    readings.push(result.rows.length);
  }
  return result;
};
const db = new Kysely({ dialect: new PGliteDialect({ pglite }) });
const migrator = new Migrator({ db, provider: { getMigrations: async () => ({}) } });
await migrator.migrateToLatest();
readings.length = 0;
const { results } = await migrator.migrateToLatest();
const size = Math.min(...readings) > 4_000 ? 'more than 4000' : readings.join(', ');
console.log(`${results.length} migrations, ${readings.length} readings of ${size} columns`);
process.exit();
JS
seen=$(node columns.mjs)
echo "kysely 0.29.9, a database with 200 tables of 20 columns and nothing to migrate: $seen"
[ "$seen" = '0 migrations, 2 readings of more than 4000 columns' ]
