import { setTimeout as sleep } from 'node:timers/promises';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../../context.ts';
import { type Db, preparedStatement } from '../../database/connect.ts';
import { secondsSince } from '../../metrics/metrics.ts';
import type { RetryTime } from '../../queue/retry-later.ts';
import type { Lane } from '../lanes/lanes.ts';

/**
 * `bulk`: an issue's batches. `bulk letter`: a letter to many readers, which waits like a batch but may probe a stopped
 * lane. `personal`: a mail that somebody is waiting for; it overtakes every waiting batch.
 */
export type Priority = 'bulk' | 'bulk letter' | 'personal';

/** Permission for one call. `is_probe`: the circuit breaker has tripped, and this call tests whether it can be reset. */
export interface Slot {
  calls_per_second: number;
  is_probe: boolean;
}

/** The lane of a call, and the team whose rate limit the call counts against. */
type LimitedLane = Pick<Lane, 'number' | 'team'>;

/** Thrown when the outcome is not yet known or nothing may be sent now; the job is retried later. */
export class RetryLater extends Error {
  readonly when: RetryTime;

  /** `promptly`: nothing has failed; the job only waits for another worker's call or for an earlier batch. */
  constructor(message: string, when: RetryTime = 'backoff') {
    super(message);
    this.when = when;
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

const SECONDS_PER_CALL = sql`make_interval(secs => 1 / (rate.calls_per_second * ${sql.lit(HEADROOM)}::real))`;
/**
 * The longest `backOff` is an hour, and few calls are reserved ahead: a later time was set by a clock that was ahead, and does not
 * count. So however wrong a clock was, nobody waits much longer than an hour once it is right.
 */
const AHEAD = sql`clock_timestamp() + interval '65 minutes'`;
const unlessAhead = (time: RawBuilder<unknown>) =>
  sql`case when ${time} > ${AHEAD} then clock_timestamp() else ${time} end`;
const NEXT_CALL = sql`greatest(${unlessAhead(sql`rate.theoretical_arrival_at`)}, clock_timestamp())`;
const NEXT_BULK = unlessAhead(sql`rate.bulk_slot_at`);
const IS_BULK_DUE = sql`${NEXT_BULK} <= clock_timestamp()`;

/**
 * Waits for a slot of the rate limit that all processes share: one GCRA row per team, without bursts. Batches reserve at most
 * one slot ahead, however many of them wait, so a personal mail waits for at most one batch.
 */
export async function waitForSlot(
  { metrics, preparedDb, stopping }: Context,
  priority: Priority,
  lane: LimitedLane,
): Promise<Slot> {
  const started_ms = performance.now();
  for (;;) {
    const slot = await acquireSlot(preparedDb, priority, lane);
    if (slot.stopped_reason !== null && !slot.is_taken) {
      // Personal mails are retried within a minute, so that one of them soon finds that Resend accepts mail again; an
      // issue or a digest has too many jobs for that.
      const when = priority === 'personal' ? 'within a minute' : 'backoff';
      throw new RetryLater(`sending is stopped: ${slot.stopped_reason}`, when);
    }
    // Workers that wait for the same slot must not all retry at the same moment.
    const jitter_ms = slot.is_taken ? 0 : (Math.random() * 250) / slot.calls_per_second;
    if (!slot.is_taken || slot.wait_ms > 0) {
      await sleep(slot.wait_ms + jitter_ms, undefined, { signal: stopping });
    }
    if (slot.is_taken) {
      metrics.observe('slot_wait', priority === 'personal' ? 'personal' : 'bulk', secondsSince(started_ms));
      return slot;
    }
  }
}

/**
 * One statement that locks the team's row. Whether a lane is stopped is stored in the lane's own row. For a team's
 * first lane that is the locked row, so a stop at this moment is seen; another lane may miss it here, but sees it when
 * it claims the batch.
 */
async function acquireSlot(db: Db, priority: Priority, { number, team }: LimitedLane): Promise<SlotRow> {
  const isFirst = number === team;
  const ofLane = (column: RawBuilder<unknown>) =>
    isFirst
      ? sql`rate.${column}`
      : sql`(select own.${column} from send_rate as own where own.id = ${number})`;
  const stopped_at = ofLane(sql`stopped_at`);
  const mayCall = sql`(${stopped_at} is null or rate.probed_at is null
          or rate.probed_at <= clock_timestamp() - make_interval(secs => ${sql.lit(PROBE_EVERY_SECONDS)})
          or rate.probed_at > clock_timestamp())`;
  const isFree = {
    bulk: sql`${stopped_at} is null and ${IS_BULK_DUE}`,
    // One mail, which may find out whether Resend accepts mail again.
    'bulk letter': sql`${mayCall} and ${IS_BULK_DUE}`,
    personal: mayCall,
  }[priority];
  const { rows } = await sql<SlotRow>`
    ${preparedStatement(`acquire-slot-${priority.replace(' ', '-')}-${isFirst ? 'first' : 'other'}`)}
    with taken as (
      update send_rate as rate set
        theoretical_arrival_at = ${NEXT_CALL} + ${SECONDS_PER_CALL},
        bulk_slot_at = ${priority === 'personal' ? sql`rate.bulk_slot_at` : NEXT_CALL},
        probed_at = ${isFirst ? sql`case when rate.stopped_at is null then null else clock_timestamp() end` : sql`rate.probed_at`}
      where rate.id = ${team} and ${isFree}
      returning rate.theoretical_arrival_at - ${SECONDS_PER_CALL} as call_at
    )
    select taken.call_at is not null as is_taken, rate.calls_per_second, ${ofLane(sql`stopped_reason`)} as stopped_reason,
      ${stopped_at} is not null and taken.call_at is not null as is_probe,
      greatest(0, 1000 * extract(epoch from coalesce(taken.call_at, ${NEXT_BULK}) - clock_timestamp()))::float8 as wait_ms
    from send_rate as rate left join taken on true where rate.id = ${team}`.execute(db);
  const [slot] = rows;
  if (!slot) {
    throw new Error(`send_rate has no row for lane ${team}`);
  }
  return slot;
}

/** After a 429: blocks everything that goes through this team for this long. */
export async function backOff(db: Db, { team }: LimitedLane, seconds: number): Promise<void> {
  const until = sql`clock_timestamp() + make_interval(secs => ${seconds}::float8)`;
  await sql`
    update send_rate as rate set
      theoretical_arrival_at = greatest(${NEXT_CALL}, ${until}),
      bulk_slot_at = greatest(${NEXT_BULK}, ${until})
    where rate.id = ${team}`.execute(db);
}

/** Adopts the limit in the provider's header; runs no query while it stays the same. */
export async function applyRateHeaders(
  db: Db,
  { team }: LimitedLane,
  slot: Slot,
  headers: Record<string, string> | null,
): Promise<void> {
  const calls_per_second = Number(headers?.['ratelimit-limit']);
  if (calls_per_second > 0 && calls_per_second !== slot.calls_per_second) {
    await db.updateTable('send_rate').set({ calls_per_second }).where('id', '=', team).execute();
  }
}
