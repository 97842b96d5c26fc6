import type { Context } from '../src/context.ts';
import { forgetExpired } from '../src/staff/forget-expired.ts';
import { forgetUploads } from '../src/subscribers/transfer/uploaded-import.ts';
import { forgetEvidence } from '../src/votes/retention/forget-evidence.ts';

/** Deletes what has served its purpose: evidence of votes, ended sessions of staff, uploaded lists of readers. */
export async function forgetEvidenceJob(context: Context): Promise<void> {
  await forgetEvidence(context);
  await forgetExpired(context);
  await forgetUploads(context);
}
