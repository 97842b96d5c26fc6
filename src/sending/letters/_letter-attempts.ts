import { sql } from 'kysely';
import type { Db } from '../../database/connect.ts';

export interface LetterAttempt {
  letter: string;
  number: number;
  /** The idempotency key of this attempt. */
  key: string;
  /** Whether an earlier attempt with this key may have been processed: then it must not change. */
  was_uncertain: boolean;
}

/**
 * Recorded before the call, so that the attempt stays uncertain if its process dies; it also stays so after it was accepted,
 * because the job may run again.
 */
export async function beginAttempt(db: Db, letter: string, at: Date): Promise<LetterAttempt> {
  const { rows } = await sql<{ attempts: number; refusals: number; was_uncertain: boolean }>`
    with before as (select is_uncertain from letter_attempts where key = ${letter})
    insert into letter_attempts as known (key, began_at) values (${letter}, ${at})
    on conflict (key) do update set is_uncertain = true, attempts = known.attempts + 1
    returning attempts, refusals, coalesce((select is_uncertain from before), false) as was_uncertain`.execute(
    db,
  );
  const { attempts: number = 1, refusals = 0, was_uncertain = false } = rows[0] ?? {};
  return { letter, number, key: refusals === 0 ? letter : `${letter}-${refusals}`, was_uncertain };
}

/** Resend certainly did not process the attempt: the next one has a new key, unless another worker has begun one since. */
export async function recordRefusal(db: Db, { letter, number }: LetterAttempt): Promise<void> {
  await db
    .updateTable('letter_attempts')
    .set(({ eb }) => ({ refusals: eb('refusals', '+', 1), is_uncertain: false }))
    .where('key', '=', letter)
    .where('attempts', '=', number)
    .execute();
}
