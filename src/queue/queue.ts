import { fromKysely, PgBoss } from 'pg-boss';
import { type Db, openPool, type Tx } from '../database/connect.ts';
import type { Log } from '../log.ts';
import { isOutage, reportOutage } from '../database/outage.ts';

/** Mails to one reader, the confirmation and issues aside. */
export type LetterKind =
  | 'reminder'
  | 'welcome'
  | 'new-address'
  | 'address-changed'
  | 'still-want-this'
  | 'goodbye';

/** Every job and what it is told. `jobs/` supplies the handlers. */
export interface Jobs {
  /** `due_at`: when it was to be drafted, which may be long ago. */
  'draft-issue': { week: string; due_at?: string };
  'send-issue': { week: string };
  'close-voting': { before_week: string };
  'send-batch': { batch_id: number };
  'send-confirmation': { subscriber_id: number; requested_at: string };
  'send-staff-notice': { notice_id: number };
  /** `id` is a subscriber's, or an address change's. */
  'send-letter': { kind: LetterKind; id: number; at: string };
  'look-up-mail-hosts': object;
  'learn-mail-classes': object;
  'note-voters': object;
  'send-digest': { month: string };
  'send-digest-copy': { month: string; subscriber_id: number; at: string };
  'look-after-readers': object;
  'forget-evidence': object;
}

export type JobName = keyof Jobs;

export const JOB_NAMES: readonly JobName[] = [
  'send-confirmation',
  'send-staff-notice',
  'send-letter',
  'send-batch',
  'draft-issue',
  'send-issue',
  'close-voting',
  'look-up-mail-hosts',
  'learn-mail-classes',
  'note-voters',
  'send-digest',
  'send-digest-copy',
  'look-after-readers',
  'forget-evidence',
];

/** A dead worker's job is somebody else's after this many seconds without a heartbeat (pg-boss's least). */
export const HEARTBEAT_SECONDS = 10;

/** What a queue is made with; `migrate` brings queues that were made with other settings to these. */
export interface QueueSettings {
  policy: 'exclusive';
  heartbeatSeconds: number;
  retryLimit: number;
  /** Before the second try; each further one waits twice as long where `retryBackoff` says so, up to `retryDelayMax`. */
  retryDelay: number;
  retryBackoff: boolean;
  retryDelayMax: number;
}

/**
 * A job of a key is waiting or running once; none is given up within two days. pg-boss's own delay is that of a job whose
 * worker died: it says nothing about the work, so the next worker goes on at once, however often it happens. What
 * failed waits as `retryLater` says.
 */
export const QUEUE_SETTINGS: QueueSettings = {
  policy: 'exclusive',
  heartbeatSeconds: HEARTBEAT_SECONDS,
  retryLimit: 2_000,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 2,
};

export interface Queue {
  boss: PgBoss;
  close: () => Promise<void>;
}

/** One attempt at a job, apart from those of workers that it was taken from or given to. */
export interface Attempt<Name extends JobName = JobName> {
  name: Name;
  id: string;
  retryCount: number;
  data: Jobs[Name] & { failures?: number };
}

const FIRST_DELAY_SECONDS = 2;
const LONGEST_DELAY_SECONDS = 900;

/**
 * pg-boss with connections of its own: enqueuing inside a transaction may ask it for a queue's settings, and would
 * wait for ever for a connection while every one of ours is held by a transaction that does the same. The queues
 * themselves are made by `migrate`.
 */
export async function openQueue(databaseUrl: string, log: Log, connections = 4): Promise<Queue> {
  const pool = openPool(databaseUrl, connections);
  const boss = new PgBoss({
    db: { executeSql: (text, values) => pool.query(text, values) },
    schema: 'pgboss',
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  boss.on('error', (error) => {
    if (isOutage(error)) {
      reportOutage(log, error, 'the queue');
    } else {
      log.error({ err: error }, 'queue');
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
  return { boss, close };
}

/**
 * Ends an attempt that failed: the job is tried again, later and later with each failure; `soon` where waiting longer
 * would not help. An attempt that is another worker's by now is left alone.
 */
export async function retryLater(
  boss: PgBoss,
  db: Db,
  { name, id, retryCount, data }: Attempt,
  reason: string,
  when: 'later' | 'soon',
): Promise<void> {
  const failures = (data.failures ?? 0) + (when === 'later' ? 1 : 0);
  const delay =
    when === 'soon' ? FIRST_DELAY_SECONDS / 2 : FIRST_DELAY_SECONDS * 2 ** Math.min(failures - 1, 16);
  const startAfter = Math.min(LONGEST_DELAY_SECONDS, Math.ceil(delay * (1 + Math.random())));
  await db.transaction().execute(async (tx) => {
    const options = { db: fromKysely(tx) };
    // pg-boss says how many it was, but its types do not.
    const failed = (await boss.fail(name, { id, retryCount }, { message: reason }, options)) as {
      affected?: number;
    };
    if (failed.affected === 1) {
      await boss.update(name, { ...data, failures }, { id, startAfter, ...options });
    }
  });
}

/**
 * Enqueues inside the caller's transaction; a higher priority is fetched first. While a job of the same name and key is waiting or running, the new one
 * is dropped: the work is already promised.
 */
export async function enqueue<Name extends JobName>(
  boss: PgBoss,
  tx: Tx,
  name: Name,
  jobs: readonly { key: string; data: Jobs[Name]; priority?: number }[],
): Promise<void> {
  const rows = jobs.map(({ key, data, priority = 0 }) => ({ data, singletonKey: key, priority }));
  await boss.insert(name, rows, { db: fromKysely(tx) });
}
