import type { Context } from '../src/context.ts';
import { forgetEvidence } from '../src/votes/retention/forget-evidence.ts';

export async function forgetEvidenceJob(context: Context): Promise<void> {
  await forgetEvidence(context);
}
