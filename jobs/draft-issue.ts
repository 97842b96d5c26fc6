import type { Context } from '../src/context.ts';
import { draftIssue } from '../src/issues/draft.ts';
import type { Jobs } from '../src/queue.ts';

export async function draftIssueJob(context: Context, { week }: Jobs['draft-issue']): Promise<void> {
  const result = await draftIssue(context, week);
  context.log.info({ week, result: result.kind }, 'draft');
}
