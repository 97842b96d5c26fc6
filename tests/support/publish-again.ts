import type { TestApp } from './test-app.ts';

/** A minute later, every comparison is new and every tool reviewed again: there is something for one more issue. */
export async function publishAgain({ clock, context: { db } }: TestApp): Promise<void> {
  clock.now = new Date(clock.now.getTime() + 60_000);
  await db.updateTable('comparisons').set({ published_at: clock.now }).execute();
  await db
    .updateTable('tools')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1) }))
    .execute();
}
