#!/usr/bin/env bash
# pg-boss 12.35.0 with a heartbeat: a worker that stops sending it loses its job to another worker. One would guess that the
# first one, once it comes back (a suspended machine, a long pause), can no longer change the job. `complete` and `fail` with
# the job's id act on the attempt of the second worker: its running job is completed, or put back for a third. With
# `{ id, retryCount }` instead of the id they act only on the caller's own attempt.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg-boss@12.35.0 @electric-sql/pglite@0.3.14
cat >return.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { PgBoss } from 'pg-boss';

const server = await PGlite.create();
const executeSql = async (text, values) =>
  values?.length ? server.query(text, values) : { rows: (await server.exec(text)).flatMap(({ rows }) => rows) };
const boss = new PgBoss({ db: { executeSql }, schedule: false, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 });
boss.on('error', () => {});
await boss.start();
await boss.createQueue('mail', { heartbeatSeconds: 10, retryLimit: 5, retryDelay: 1 });
const stateOf = async (id) => (await server.query('select state from pgboss.job where id = $1', [id])).rows[0].state;
const fetchAgain = async () => {
  for (;;) {
    const [job] = await boss.fetch('mail', { includeMetadata: true });
    if (job) return job;
    await sleep(250);
  }
};

const seen = [];
for (const handleOf of [({ id }) => id, ({ id, retryCount }) => ({ id, retryCount })]) {
  await boss.send('mail', {});
  const lost = await fetchAgain();
  const taken = await fetchAgain();
  await boss.complete('mail', handleOf(lost)).catch(() => {});
  seen.push(`${lost.retryCount}-${taken.retryCount} ${await stateOf(taken.id)}`);
  await boss.complete('mail', taken.id).catch(() => {});
}
console.log(seen.join(', '));
process.exit();
JS
seen=$(node return.mjs)
echo "pg-boss 12.35.0, a lost worker completes by id, then by id and retryCount; attempts and the second one's state: $seen"
[ "$seen" = '0-1 completed, 0-1 active' ]
