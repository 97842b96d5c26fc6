import { draftIssue } from '../../src/issues/decide/draft.ts';
import { seedContent, seedReaders } from './seed.ts';
import { createTestApp, type TestApp } from './test-app.ts';
import { WEEK } from './sent-issue.ts';

/** An app a day before the issue of `WEEK` goes out: the issue waits for its approval, and has three readers. */
export async function createDraftedIssue(env: Record<string, string> = {}): Promise<TestApp> {
  const app = await createTestApp({ APPROVAL: 'required', ...env }, '2026-11-23T10:00:00Z');
  await seedContent(app.context.db);
  await seedReaders(app.context.db, 3);
  await draftIssue(app.context, WEEK);
  return app;
}
