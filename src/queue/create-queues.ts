import { sql } from 'kysely';
import type { Db, Tx } from '../database/connect.ts';
import { JOB_NAMES, type JobName, openQueue, QUEUE_SETTINGS, type QueueSettings } from './queue.ts';
import type { Log } from '../log.ts';
import type { Schema } from '../database/read-schema.ts';

/** The queues that this version expects, as schema objects. */
export function expectedQueues(): Schema {
  return Object.fromEntries(JOB_NAMES.map((name) => [`queue ${name}`, describe(QUEUE_SETTINGS)]));
}

/** The queues that exist; none before the first `migrate`. */
export async function readQueues(db: Db | Tx): Promise<Schema> {
  return Object.fromEntries(
    [...(await listQueues(db))].map(([name, settings]) => [`queue ${name}`, describe(settings)]),
  );
}

/**
 * Creates missing queues and updates those that have other settings: pg-boss's `createQueue` does not change an existing
 * queue, and its `updateQueue` refuses a change of policy. Waiting jobs are kept and get the new settings; of several
 * with the same key, which another policy allows, the first is kept. `updatesPgBoss`: brings pg-boss's own tables up to date, for
 * processes whose role may not do it. Returns the updated queues.
 */
export async function prepareQueues(
  db: Db,
  databaseUrl: string,
  log: Log,
  { updatesPgBoss = false } = {},
): Promise<JobName[]> {
  const existing = await listQueues(db);
  const missing = JOB_NAMES.filter((name) => !existing.has(name));
  if (missing.length > 0 || updatesPgBoss) {
    await createQueues(databaseUrl, log, missing);
  }
  const changed = JOB_NAMES.filter((name) => {
    const settings = existing.get(name);
    return settings && describe(settings) !== describe(QUEUE_SETTINGS);
  });
  for (const name of changed) {
    await db.transaction().execute((tx) => changeQueue(tx, name, QUEUE_SETTINGS));
  }
  return changed;
}

async function createQueues(databaseUrl: string, log: Log, names: readonly JobName[]): Promise<void> {
  const { boss, close } = await openQueue(databaseUrl, log, 2);
  try {
    for (const name of names) {
      await boss.createQueue(name, QUEUE_SETTINGS);
    }
  } finally {
    await close();
  }
}

async function changeQueue(tx: Tx, name: JobName, settings: QueueSettings): Promise<void> {
  const { policy, heartbeatSeconds, expireInSeconds } = settings;
  const { retryLimit, retryDelay, retryBackoff, retryDelayMax, retentionSeconds } = settings;
  const columns = sql`retry_limit = ${retryLimit}, retry_delay = ${retryDelay}, retry_backoff = ${retryBackoff},
    retry_delay_max = ${retryDelayMax}, heartbeat_seconds = ${heartbeatSeconds}, expire_seconds = ${expireInSeconds}, policy = ${policy}`;
  await sql`lock table pgboss.job in share row exclusive mode`.execute(tx);
  await sql`
    delete from pgboss.job using (
      select id, row_number() over (partition by singleton_key order by state desc, created_on, id) as place
      from pgboss.job where name = ${name} and state in ('created', 'retry', 'active')
    ) as ranked
    where job.name = ${name} and job.id = ranked.id and place > 1 and state <> 'active'`.execute(tx);
  await sql`
    update pgboss.job set ${columns}, keep_until = start_after + make_interval(secs => ${retentionSeconds}) where name = ${name} and state in ('created', 'retry', 'active')`.execute(
    tx,
  );
  await sql`update pgboss.queue set ${columns}, retention_seconds = ${retentionSeconds}, updated_on = now() where name = ${name}`.execute(
    tx,
  );
}

async function listQueues(db: Db | Tx): Promise<Map<string, QueueSettings>> {
  const { rows: found } = await sql<{ table_exists: boolean }>`
    select to_regclass('pgboss.queue') is not null as table_exists`.execute(db);
  if (!found[0]?.table_exists) {
    return new Map();
  }
  const { rows } = await sql<QueueSettings & { name: string }>`
    select name, policy, heartbeat_seconds as "heartbeatSeconds", expire_seconds as "expireInSeconds", retry_limit as "retryLimit", retry_delay as "retryDelay",
      retry_backoff as "retryBackoff", retry_delay_max as "retryDelayMax", retention_seconds as "retentionSeconds"
    from pgboss.queue`.execute(db);
  return new Map(rows.map(({ name, ...settings }) => [name, settings]));
}

function describe({
  policy,
  heartbeatSeconds,
  expireInSeconds,
  retryLimit,
  retryDelay,
  retryBackoff,
  retryDelayMax,
  retentionSeconds,
}: QueueSettings) {
  return [
    policy,
    `heartbeat ${heartbeatSeconds} s`,
    `at most ${expireInSeconds} s`,
    `${retryLimit} retries`,
    `retry delay ${retryDelay} s${retryBackoff ? `, growing to ${retryDelayMax} s` : ''}`,
    `kept for ${retentionSeconds / 86_400} days`,
  ].join(', ');
}
