import type { Context } from '../../src/context.ts';
import { listIssuesToClose } from '../issue/close-voting.ts';
import { forgetEvents as forgetOutgoingEvents } from '../../src/outgoing-webhooks/replay.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { forgetAttempts } from '../../src/sending/letters/forget-attempts.ts';
import { forgetEvents } from '../../src/sending/past/forget-events.ts';
import { summarizePastIssues } from '../../src/sending/past/summarize-issues.ts';
import { forgetExpired } from '../../src/staff/forget-expired.ts';
import { forgetConsentSources } from '../../src/subscribers/join/consent-record.ts';
import { forgetOrigins } from '../../src/subscribers/join/record-origins.ts';
import { forgetSignUpCounts } from '../../src/subscribers/join/sign-up-limits.ts';
import { forgetUploads } from '../../src/subscribers/transfer/uploaded-import.ts';
import { forgetEvidence } from '../../src/votes/retention/forget-evidence.ts';

/**
 * Deletes everything whose retention period is over, then summarizes past issues, which takes longest. Evidence of votes
 * and origins wait until no votes are still to be counted.
 */
export async function deleteExpiredDataJob(context: Context): Promise<void> {
  const isCountAwaited = (await listIssuesToClose(context)).length > 0;
  if (!isCountAwaited) {
    await forgetEvidence(context);
    await forgetOrigins(context);
  }
  await forgetExpired(context);
  await forgetUploads(context);
  await forgetConsentSources(context);
  await forgetSignUpCounts(context);
  await forgetOutgoingEvents(context);
  await forgetEvents(context);
  await forgetAttempts(context);
  if (!(await summarizePastIssues(context))) {
    // pg_dump locks every table while it runs; at the same hour tomorrow it would be in the way again.
    throw new RetryLater('the tables of a past issue were in use');
  }
  if (isCountAwaited) {
    throw new RetryLater('evidence is due for deletion, but the votes that need it are not counted yet');
  }
}
