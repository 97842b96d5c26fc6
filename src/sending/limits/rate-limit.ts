import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement } from '../../database/connect.ts';
import { secondsSince } from '../../metrics/measures.ts';

/** `bulk`: an issue's batches. `personal`: mails that somebody is waiting for; they overtake every waiting batch. */
export type Lane = 'bulk' | 'personal';

/** Permission for one call. `is_probe`: the circuit breaker has tripped, and this call tests whether it can be reset. */
export interface Slot {
  calls_per_second: number;
  is_probe: boolean;
}

/** Thrown when the outcome is not yet known or nothing may be sent now; the job is retried later. */
export class RetryLater extends Error {
  /** Another worker's call is in progress. Nothing has failed, so there is no reason to wait long. */
  readonly skip_backoff: boolean;

  constructor(message: string, when: 'backoff' | 'promptly' = 'backoff') {
    super(message);
    this.skip_backoff = when === 'promptly';
  }
}

interface SlotRow extends Slot {
  is_taken: boolean;
  wait_ms: number;
  stopped_reason: string | null;
}

/** Stays below the provider's limit, since its window and ours are not aligned. */
const HEADROOM = 0.95;
const PROBE_EVERY_SECONDS = 60;

const SECONDS_PER_CALL = sql`make_interval(secs => 1 / (calls_per_second * ${sql.lit(HEADROOM)}::real))`;
const NEXT_CALL = sql`greatest(theoretical_arrival_at, clock_timestamp())`;

/**
 * Waits for a slot of the rate limit that all processes share: one GCRA row without burst. The bulk lane reserves at most
 * one slot ahead, however many batches wait, so a personal mail waits for at most one batch.
 */
export async function waitForSlot({ measures, preparedDb, stopping }: Context, lane: Lane): Promise<Slot> {
  const started_ms = performance.now();
  for (;;) {
    const slot = await acquireSlot(preparedDb, lane);
    if (slot.stopped_reason !== null && !slot.is_taken) {
      throw new RetryLater(`all sending is stopped: ${slot.stopped_reason}`);
    }
    // Workers that wait for the same slot must not all retry at the same moment.
    const jitter_ms = slot.is_taken ? 0 : (Math.random() * 250) / slot.calls_per_second;
    if (!slot.is_taken || slot.wait_ms > 0) {
      await sleep(slot.wait_ms + jitter_ms, undefined, { signal: stopping });
    }
    if (slot.is_taken) {
      measures.observe('slot_wait', lane, secondsSince(started_ms));
      return slot;
    }
  }
}

async function acquireSlot(db: Db, lane: Lane): Promise<SlotRow> {
  const isFree =
    lane === 'bulk'
      ? sql`stopped_at is null and bulk_slot_at <= clock_timestamp()`
      : sql`stopped_at is null or probed_at is null
          or probed_at <= clock_timestamp() - make_interval(secs => ${sql.lit(PROBE_EVERY_SECONDS)})`;
  const { rows } = await sql<SlotRow>`
    ${preparedStatement(`acquire-slot-${lane}`)}
    with taken as (
      update send_rate set
        theoretical_arrival_at = ${NEXT_CALL} + ${SECONDS_PER_CALL},
        bulk_slot_at = ${lane === 'bulk' ? NEXT_CALL : sql`bulk_slot_at`},
        probed_at = case when stopped_at is null then null else clock_timestamp() end
      where ${isFree}
      returning theoretical_arrival_at - ${SECONDS_PER_CALL} as call_at
    )
    select taken.call_at is not null as is_taken, calls_per_second, stopped_reason,
      stopped_at is not null and taken.call_at is not null as is_probe,
      greatest(0, 1000 * extract(epoch from coalesce(taken.call_at, bulk_slot_at) - clock_timestamp()))::float8 as wait_ms
    from send_rate left join taken on true`.execute(db);
  const [slot] = rows;
  if (!slot) {
    throw new Error('the row of send_rate is missing');
  }
  return slot;
}

/** After a 429: blocks both lanes for this long. */
export async function backOff(db: Db, seconds: number): Promise<void> {
  const until = sql`clock_timestamp() + make_interval(secs => ${seconds}::float8)`;
  await sql`
    update send_rate set
      theoretical_arrival_at = greatest(theoretical_arrival_at, ${until}),
      bulk_slot_at = greatest(bulk_slot_at, ${until})`.execute(db);
}

/** Adopts the limit in the provider's header; runs no query while it stays the same. */
export async function applyRateHeaders(
  db: Db,
  slot: Slot,
  headers: Record<string, string> | null,
): Promise<void> {
  const calls_per_second = Number(headers?.['ratelimit-limit']);
  if (calls_per_second > 0 && calls_per_second !== slot.calls_per_second) {
    await db.updateTable('send_rate').set({ calls_per_second }).execute();
  }
}
