import { tick } from '../../jobs/run/timetable.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/** An app with content and two readers, by default a minute before the first draft is due. */
export async function createWeek(env: Record<string, string> = {}, now = '2026-11-23T05:59:00Z') {
  const app = await createTestApp(env, now);
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 2);
  return app;
}

/** A tick at that time, and what workers then do. */
export async function tickAt(app: TestApp, time: string) {
  app.clock.now = new Date(time);
  await tick(app.context);
  await app.drain();
}
