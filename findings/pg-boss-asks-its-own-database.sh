#!/usr/bin/env bash
# pg-boss 12.35.0: `insert` takes a `db` option, so that jobs are enqueued inside the caller's transaction. One would guess that
# with it nothing else is asked. The first insert into a queue that this process does not know yet (made by another process
# since it started) also reads the queue's settings through pg-boss's own database. If both share one pool and every connection is held by such a transaction, each of them waits for a connection
# that none gives back. A pool of its own for pg-boss avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-boss@12.35.0 @electric-sql/pglite@0.3.14
cat >insert.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';
import { PgBoss } from 'pg-boss';

const server = await PGlite.create();
const run = async (text, values) =>
  values?.length ? server.query(text, values) : { rows: (await server.exec(text)).flatMap(({ rows }) => rows) };
let own = 0;
const executeSql = (text, values) => {
  own += 1;
  return run(text, values);
};
const options = { schedule: false, supervise: false, migrate: true, noScheduling: true };
const first = new PgBoss({ db: { executeSql: run }, ...options });
await first.start();
const boss = new PgBoss({ db: { executeSql }, ...options, migrate: false });
await boss.start();
await first.createQueue('mail');
const counts = [];
for (const data of [{ n: 1 }, { n: 2 }]) {
  own = 0;
  await boss.insert('mail', [{ data }], { db: { executeSql: run } });
  counts.push(own);
}
console.log(counts.join(' '));
process.exit();
JS
seen=$(node insert.mjs)
echo "pg-boss 12.35.0, statements to its own database during the first and the second insert that were given another one: $seen"
[ "$seen" = '1 0' ]
