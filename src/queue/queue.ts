import type pg from 'pg';
import type { PgBoss } from 'pg-boss';
import { openIndexScanPool, prepareByText, type Tx } from '../database/connect.ts';
import type { Log } from '../log.ts';
import { isOutage, reportOutage } from '../database/outage.ts';

/** The kinds of letter that the job `send-letter` writes. */
export type LetterJobKind =
  | 'reminder'
  | 'welcome'
  | 'already-in'
  | 'new-address'
  | 'address-changed'
  | 'still-want-this'
  | 'goodbye';

/** The queue of each lane's batches, by the lane's number: a lane whose team is slow must not hold up the others. */
export const BATCH_QUEUES = {
  1: 'send-batch',
  2: 'send-batch-2',
  3: 'send-batch-3',
  4: 'send-batch-4',
  5: 'send-batch-5',
} as const;

export type BatchQueue = (typeof BATCH_QUEUES)[keyof typeof BATCH_QUEUES];

/** The same value for the batch queue of every lane. */
export function forBatchQueues<Value>(value: Value): Record<BatchQueue, Value> {
  return Object.fromEntries(Object.values(BATCH_QUEUES).map((name) => [name, value])) as Record<
    BatchQueue,
    Value
  >;
}

/** Every job and its data. `jobs/` supplies the handlers. */
export interface Jobs extends Record<BatchQueue, { batch_id: number }> {
  /** `due_at`: when the draft was due, which may be long ago. */
  'draft-issue': { week: string; due_at?: string };
  'send-issue': { week: string };
  'close-voting': { before_week: string };
  'send-confirmation': { subscriber_id: number; requested_at: string };
  'send-staff-notice': { notice_id: number };
  'send-sign-in-link': { address: string; requested_at: string };
  /** `id` of a subscriber or of an address change. */
  'send-letter': { kind: LetterJobKind; id: number; at: string };
  /** `import_id` of a list that staff uploaded. */
  'import-readers': { import_id: number };
  'look-up-mail-hosts': object;
  'learn-mail-classes': object;
  'note-voters': object;
  /** `due_at`: when the timetable enqueued it; not for a digest that staff send. */
  'send-digest': { month: string; earlier?: string[]; due_at?: string };
  /** `order`: which order to send this month's digest again it belongs to, as part of its idempotency key. */
  'send-digest-copy': { month: string; subscriber_id: number; at: string; order?: string };
  'look-after-readers': object;
  'forget-evidence': object;
  'deliver-webhooks': object;
}

export type JobName = keyof Jobs;

export const JOB_NAMES: readonly JobName[] = [
  'send-confirmation',
  'send-staff-notice',
  'send-sign-in-link',
  'send-letter',
  ...Object.values(BATCH_QUEUES),
  'draft-issue',
  'send-issue',
  'close-voting',
  'import-readers',
  'look-up-mail-hosts',
  'learn-mail-classes',
  'note-voters',
  'send-digest',
  'send-digest-copy',
  'look-after-readers',
  'forget-evidence',
  'deliver-webhooks',
];

/** After this many seconds without a heartbeat another worker takes over the job (pg-boss's minimum). */
export const HEARTBEAT_SECONDS = 10;

/** How often the queues are searched for jobs whose worker has died. */
export const SUPERVISION_SECONDS = 5;

/** Settings of a queue; `migrate` updates queues that were created with others. */
export interface QueueSettings {
  policy: 'exclusive';
  heartbeatSeconds: number;
  /** After which a job is given to another worker although its own is alive. */
  expireInSeconds: number;
  retryLimit: number;
  /** Before the second attempt; with `retryBackoff` it doubles for each further one, up to `retryDelayMax`. */
  retryDelay: number;
  retryBackoff: boolean;
  retryDelayMax: number;
  /** After which a job that no worker has taken is deleted. */
  retentionSeconds: number;
}

/**
 * At most one job per key waits or runs, and no job is given up within two days. pg-boss's own retry delay applies when
 * a worker died: that says nothing about the job, so the next worker takes it at once, however often it happens. Jobs
 * that failed are delayed by `retryLater`.
 */
export const QUEUE_SETTINGS: QueueSettings = {
  policy: 'exclusive',
  heartbeatSeconds: HEARTBEAT_SECONDS,
  // Longer than any job takes while its worker is alive: pg-boss's default, a quarter of an hour, would run an import twice.
  expireInSeconds: 2 * 3_600,
  retryLimit: 2_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 2,
  // Over a year: pg-boss's default, two weeks, would drop the work of a newsletter whose workers are off for a summer.
  retentionSeconds: 400 * 86_400,
};

/** What this service uses of pg-boss. */
export type Boss = Pick<
  PgBoss,
  'complete' | 'createQueue' | 'fail' | 'fetch' | 'insert' | 'supervise' | 'touch' | 'update'
>;

export interface Queue {
  boss: Boss;
  /** Its connections; undefined before its first use. */
  pool: () => pg.Pool | undefined;
  close: () => Promise<void>;
}

/** One attempt at a job; `retryCount` distinguishes it from the attempts of other workers. */
export interface Attempt<Name extends JobName = JobName> {
  name: Name;
  id: string;
  retryCount: number;
  data: Jobs[Name] & { failures?: number };
}

/**
 * pg-boss with its own connection pool: enqueuing inside a transaction may make it query a queue's settings, and with
 * our pool that would deadlock once every connection is held by a transaction doing the same. The queues themselves are
 * created by `migrate`.
 */
export async function openQueue(databaseUrl: string, log: Log, connections = 4): Promise<Queue> {
  const { PgBoss } = await import('pg-boss');
  const pool = openIndexScanPool(databaseUrl, connections);
  const isOwner = await ownsQueues(pool).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(prepareFrequent(text), values) },
    schema: 'pgboss',
    migrate: isOwner,
    schedule: false,
    // Workers do that, by `superviseQueues`.
    supervise: false,
    monitorIntervalSeconds: SUPERVISION_SECONDS,
  });
  boss.on('error', (error) => {
    if (isOutage(error)) {
      reportOutage(log, error, 'queue');
    } else {
      log.error({ err: error }, 'pg-boss reported an error');
    }
  });
  const close = async () => {
    await boss.stop({ graceful: false });
    await pool.end();
  };
  await boss.start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { boss, pool: () => pool, close };
}

/** Whether this connection's role may bring pg-boss's own tables up to date, which it does as it starts. */
async function ownsQueues(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ owns: boolean }>(`
    select pg_has_role(current_user, nspowner, 'usage') as owns from pg_namespace where nspname = 'pgboss'`);
  return rows[0]?.owns ?? true;
}

/** Prepares the statements that fetch and end jobs: planning them takes longer than running them. */
function prepareFrequent(text: string): string {
  return /^\s*with\s/i.test(text) ? prepareByText(text) : text;
}

/** Like `openQueue`, but loads pg-boss and connects when it is first used: few commands enqueue anything. */
export function openQueueOnUse(databaseUrl: string, log: Log, connections?: number): Queue {
  let opened: Promise<Queue> | undefined;
  let queue: Queue | undefined;
  const open = () =>
    (opened ??= openQueue(databaseUrl, log, connections).then(
      (started) => (queue = started),
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    ));
  const boss = new Proxy({} as Boss, {
    get:
      (_, name: keyof Boss) =>
      async (...args: unknown[]) => {
        const { boss } = await open();
        return (boss[name] as (...args: unknown[]) => unknown)(...args);
      },
  });
  return {
    boss,
    pool: () => queue?.pool(),
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}

/**
 * Enqueues inside the caller's transaction; jobs with a higher priority are fetched first. A new job is dropped while one
 * with the same name and key is waiting or running.
 */
export async function enqueue<Name extends JobName>(
  boss: Boss,
  tx: Tx,
  name: Name,
  jobs: readonly { key: string; data: Jobs[Name]; priority?: number }[],
): Promise<void> {
  const rows = jobs.map(({ key, data, priority = 0 }) => ({ data, singletonKey: key, priority }));
  const { fromKysely } = await import('pg-boss');
  await boss.insert(name, rows, { db: fromKysely(tx) });
}
