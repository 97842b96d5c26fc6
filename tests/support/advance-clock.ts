import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';

/** On the clock of the test, and on the database's, by which the age of idempotency keys is counted. */
export async function letTimePass(
  { context, clock }: { context: Context; clock: { now: Date } },
  milliseconds: number,
): Promise<void> {
  clock.now = new Date(clock.now.getTime() + milliseconds);
  await sql`
    update batches set uncertain_since = uncertain_since - ${milliseconds / 1_000} * interval '1 second'`.execute(
    context.db,
  );
}
