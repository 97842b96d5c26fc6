import type { Context } from '../../src/context.ts';
import { listIssuesToClose } from '../issue/close-voting.ts';
import { deleteOldEvents as forgetOutgoingEvents } from '../../src/outgoing-webhooks/replay.ts';
import { RetryLater } from '../../src/sending/limits/rate-limit.ts';
import { deleteOldAttempts } from '../../src/sending/letters/delete-old-attempts.ts';
import { deleteOldEvents } from '../../src/sending/past/delete-old-events.ts';
import { summarizePastIssues } from '../../src/sending/past/summarize-issues.ts';
import { deleteExpired } from '../../src/staff/delete-expired.ts';
import { deleteConsentSources } from '../../src/subscribers/join/consent-record.ts';
import { deleteOldOrigins } from '../../src/subscribers/join/record-origins.ts';
import { deleteOldSignUpCounts } from '../../src/subscribers/join/sign-up-limits.ts';
import { deleteOldUploads } from '../../src/subscribers/transfer/uploaded-import.ts';
import { deleteEvidence } from '../../src/votes/retention/delete-evidence.ts';

/**
 * Deletes everything whose retention period is over, then summarizes past issues, which takes longest. Evidence of votes
 * and origins wait until no votes are still to be counted.
 */
export async function deleteExpiredDataJob(context: Context): Promise<void> {
  const isCountAwaited = (await listIssuesToClose(context)).length > 0;
  if (!isCountAwaited) {
    await deleteEvidence(context);
    await deleteOldOrigins(context);
  }
  await deleteExpired(context);
  await deleteOldUploads(context);
  await deleteConsentSources(context);
  await deleteOldSignUpCounts(context);
  await forgetOutgoingEvents(context);
  await deleteOldEvents(context);
  await deleteOldAttempts(context);
  if (!(await summarizePastIssues(context))) {
    // pg_dump locks every table while it runs; at the same hour tomorrow it would be in the way again.
    throw new RetryLater('the tables of a past issue were in use');
  }
  if (isCountAwaited) {
    throw new RetryLater('evidence is due for deletion, but the votes that need it are not counted yet');
  }
}
