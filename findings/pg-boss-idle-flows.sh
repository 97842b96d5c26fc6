#!/usr/bin/env bash
# pg-boss 12.35.0: `superviseIntervalSeconds` says how often an instance looks after its queues. One would guess that an idle
# instance with an hour's interval, without a schedule, queues or workers, asks the database nothing. Whether jobs of a flow
# have become free is asked every five seconds (`flowIntervalSeconds`), also when nobody has ever made a flow. With
# `supervise: false` this stops as well, and `supervise()` can be called when there is something to look after.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-boss@12.35.0 @electric-sql/pglite@0.3.14
cat >idle.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PgBoss } from 'pg-boss';

const server = await PGlite.create();
const statements = [];
const executeSql = async (text, values) => {
  statements.push(text);
  return values?.length ? server.query(text, values) : { rows: (await server.exec(text)).flatMap(({ rows }) => rows) };
};
const counts = [];
for (const supervise of [true, false]) {
  const boss = new PgBoss({ db: { executeSql }, schedule: false, supervise, superviseIntervalSeconds: 3_600 });
  await boss.start();
  await sleep(2_000);
  statements.length = 0;
  await sleep(11_000);
  counts.push(`${statements.filter((text) => text.includes('flow_on')).length} of ${statements.length}`);
  await boss.stop({ graceful: false });
}
console.log(counts.join(', '));
process.exit();
JS
seen=$(node idle.mjs)
echo "pg-boss 12.35.0, statements about flows in 11 idle seconds, with and without \`supervise\`: $seen"
[[ "$seen" =~ ^[23]\ of\ [0-9]+,\ 0\ of\ 0$ ]]
