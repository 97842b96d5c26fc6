import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';

/** Advances the test's clock, and ages `uncertain_since`, which the database compares with its own clock. */
export async function advanceClock(
  { context, clock }: { context: Context; clock: { now: Date } },
  milliseconds: number,
): Promise<void> {
  clock.now = new Date(clock.now.getTime() + milliseconds);
  await sql`
    update batches set uncertain_since = uncertain_since - ${milliseconds / 1_000} * interval '1 second'`.execute(
    context.db,
  );
}
