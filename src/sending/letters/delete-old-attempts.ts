import type { Context } from '../../context.ts';

/** Resend forgets a key after a day, and a letter is given up before that. */
const KEPT_MS = 3 * 86_400_000;

/** Deletes the records of letters that are not attempted any more. */
export async function deleteOldAttempts({ db, now }: Context): Promise<void> {
  await db
    .deleteFrom('letter_attempts')
    .where('began_at', '<', new Date(now().getTime() - KEPT_MS))
    .execute();
}
