import { fromKysely, PgBoss } from 'pg-boss';
import type { Tx } from './database.ts';
import type { Log } from './log.ts';

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
  'draft-issue': { week: string };
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

const RETRY = { retryLimit: 200, retryDelay: 5, retryBackoff: true, retryDelayMax: 900 };

/**
 * pg-boss with connections of its own: enqueuing inside a transaction may ask it for a queue's settings, and would
 * wait for ever for a connection while every one of ours is held by a transaction that does the same.
 */
export async function openQueue(databaseUrl: string, log: Log): Promise<PgBoss> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    application_name: 'weekly-verdicts queue',
    max: 4,
    schema: 'pgboss',
    schedule: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  boss.on('error', (error) => log.error({ err: error }, 'queue'));
  await boss.start();
  for (const name of JOB_NAMES) {
    await boss.createQueue(name, { policy: 'exclusive', heartbeatSeconds: HEARTBEAT_SECONDS, ...RETRY });
  }
  return boss;
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
