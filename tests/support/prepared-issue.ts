import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { seedContent, seedReaders } from './seed.ts';
import { WEEK } from './sent-issue.ts';
import { createTestApp, type TestApp } from './test-app.ts';

/** The issue of `WEEK`, approved and with its recipients frozen; nothing has been sent. */
export async function createPreparedIssue(
  readers: number,
  env: Record<string, string> = {},
): Promise<TestApp> {
  const app = await createTestApp(env);
  const { context } = app;
  await seedContent(context.db);
  await seedReaders(context.db, readers);
  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  await prepareIssue(context, WEEK);
  return app;
}
