import type { Context } from '../src/context.ts';
import { forgetExpired } from '../src/staff/forget-expired.ts';
import { forgetEvidence } from '../src/votes/retention/forget-evidence.ts';

/** Deletes what has served its purpose: evidence of votes, and ended sessions of staff. */
export async function forgetEvidenceJob(context: Context): Promise<void> {
  await forgetEvidence(context);
  await forgetExpired(context);
}
