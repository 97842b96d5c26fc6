import type { Context } from '../context.ts';

const KEEP_MS = 7 * 86_400_000;

/** Deletes ended sessions, links that were never used, and counted attempts, a week after their end. */
export async function deleteExpired({ db, now }: Context): Promise<void> {
  const before = new Date(now().getTime() - KEEP_MS);
  await db.deleteFrom('staff_sessions').where('expires_at', '<', before).execute();
  await db.deleteFrom('staff_verifications').where('expires_at', '<', before).execute();
  await db.deleteFrom('staff_attempts').where('last_request', '<', before.getTime()).execute();
}
