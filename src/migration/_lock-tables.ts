import { sql } from 'kysely';
import type { Tx } from '../database/connect.ts';

/** While a migration waits for a table lock, other statements queue behind it; this limits the wait. */
export const LOCK_TIMEOUT_MS = 3_000;

/**
 * The existing tables that a migration changes, when it changes several while the release before it is running. A
 * migration that took them one by one could wait for one while another statement waits for it: PostgreSQL ends such a
 * deadlock by failing one of the two, which may be a reader's vote. A migration of one table needs no line here.
 */
export const CHANGED_TABLES: Readonly<Record<string, readonly string[]>> = {
  '20261127T200000-one-schema': [
    'subscribers',
    'address_changes',
    'casts',
    'votes',
    'tool_words',
    'share_images',
    'issues',
  ],
  '20261127T210000-promises': ['installation', 'issues', 'batches', 'subscribers'],
  '20261129T100000-reader-choices': ['issues', 'batches', 'subscribers', 'issue_renderings'],
  '20261129T110000-crowds': ['casts', 'vote_decisions', 'tallies'],
  '20261129T130000-past-issues': ['issues', 'webhook_events'],
  '20261129T140000-partition-bounds': ['deliveries', 'votes'],
  '20261129T160000-partitions': ['issues', 'deliveries', 'votes'],
  '20261129T170000-lanes': ['batches', 'send_rate'],
  '20261130T183000-orders-of-mails': ['subscribers', 'staff_notices'],
  '20261201T040000-untouched-openings': ['mail_class_figures', 'counted_openings', 'learned_classes'],
};

/** The fraction of `deadlock_timeout` for acquiring all locks; the remainder is a margin for the last one. */
const SHARE_OF_DEADLOCK_TIMEOUT = 0.8;

/**
 * Locks the tables before the migration changes any of them. Rejects (55P03, lock_not_available) when that takes most of
 * `deadlock_timeout`: a statement that waits that long for one of them looks for a deadlock, and fails if it finds one.
 */
export async function lockChangedTables(tx: Tx, migration: string): Promise<void> {
  const { rows } = await sql<{ name: string; deadlock_ms: number }>`
    select quote_ident(changed.name) as name, setting.setting::integer as deadlock_ms
    from unnest(${CHANGED_TABLES[migration] ?? []}::text[]) with ordinality as changed (name, position),
      pg_settings as setting
    where setting.name = 'deadlock_timeout' and to_regclass(quote_ident(changed.name)) is not null
    order by position`.execute(tx);
  const start = performance.now();
  for (const { name, deadlock_ms } of rows) {
    const left_ms = SHARE_OF_DEADLOCK_TIMEOUT * deadlock_ms - (performance.now() - start);
    await setLockTimeout(tx, Math.max(1, Math.floor(left_ms)));
    await sql`lock table ${sql.raw(name)} in access exclusive mode`.execute(tx);
  }
  await setLockTimeout(tx, LOCK_TIMEOUT_MS);
}

export async function setLockTimeout(tx: Tx, timeout_ms: number): Promise<void> {
  await sql`select set_config('lock_timeout', ${String(timeout_ms)}, true)`.execute(tx);
}
