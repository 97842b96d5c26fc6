import type { TestApp } from './test-app.ts';

/**
 * Makes every comparison new and every tool reviewed again, a minute later on the clock, so that there is enough for another
 * issue.
 */
export async function publishAgain({ clock, context: { db } }: TestApp): Promise<void> {
  clock.now = new Date(clock.now.getTime() + 60_000);
  await db.updateTable('comparisons').set({ published_at: clock.now }).execute();
  await db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
}
