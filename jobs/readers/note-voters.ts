import type { Context } from '../../src/context.ts';
import { recordVoters } from '../../src/subscribers/engagement/record-voters.ts';

export async function noteVotersJob(context: Context): Promise<void> {
  await recordVoters(context);
}
