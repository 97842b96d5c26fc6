import type { Context } from '../../context.ts';
import { maskAddresses } from '../../errors.ts';
import { pauseAfterHalt } from '../control/pause-after-halt.ts';
import type { MailResult } from '../rules/parse-response.ts';
import type { ClaimedBatch } from './_claim-batch.ts';

/** So many mails are not invalid by chance. */
const MANY_MAILS = 10;

/**
 * Resend rejects each mail of a batch for itself, also for what they all share, such as the sender: then it would reject
 * the whole issue.
 */
export async function pauseIfAllRejected(
  context: Context,
  batch: ClaimedBatch,
  results: readonly MailResult[],
): Promise<void> {
  const reasons = results.flatMap((result) => ('rejected' in result ? [maskAddresses(result.rejected)] : []));
  if (reasons.length < MANY_MAILS || reasons.length < results.length) {
    return;
  }
  const halt = {
    reason: `Resend rejected all ${reasons.length} mails of a batch (${reasons[0]}); \`verdicts issue send-again ${batch.week} --status rejected\` sends them again once that is fixed`,
    resume_at: null,
    is_general: false,
  };
  await context.db.transaction().execute(async (tx) => {
    await tx.selectFrom('issues').select('id').where('id', '=', batch.issue_id).forNoKeyUpdate().execute();
    // Without one, the notice that the issue is finished says how many were rejected.
    const open = await tx
      .selectFrom('batches')
      .select('id')
      .where('issue_id', '=', batch.issue_id)
      .where('status', 'in', ['queued', 'submitting'])
      .limit(1)
      .executeTakeFirst();
    await (open && pauseAfterHalt(context, tx, batch, halt));
  });
}
