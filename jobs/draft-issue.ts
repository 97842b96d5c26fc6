import type { Context } from '../src/context.ts';
import { draftIssue } from '../src/issues/draft.ts';
import { findIssue } from '../src/issues/issue.ts';
import type { Jobs } from '../src/queue.ts';
import { tellStaff } from '../src/staff-notices.ts';

export async function draftIssueJob(context: Context, { week }: Jobs['draft-issue']): Promise<void> {
  const result = await draftIssue(context, week);
  context.log.info({ week, result: result.kind }, 'draft');
  if (result.kind === 'drafted') {
    await tellDraftReady(context, week);
  }
}

async function tellDraftReady(context: Context, week: string): Promise<void> {
  const issue = await findIssue(context.db, week);
  if (!issue) {
    return;
  }
  const { approval, schedules, timezone } = context.config;
  const { number, content } = issue;
  const next =
    approval === 'required'
      ? 'It goes out once somebody approves it.'
      : 'Unless somebody holds it, it goes out at its time.';
  await context.db.transaction().execute((tx) =>
    tellStaff(context, tx, `draft ${week}`, {
      title: `Draft ready: issue ${number}`,
      is_routine: true,
      message: `Issue ${number}, “${content.subject}”, is drafted. ${next}`,
      figures: [
        ['Lead', content.lead.headline],
        ['Also compared', content.more.map(({ headline }) => headline).join('; ') || 'nothing'],
        ['Its time', `${schedules.send} (${timezone})`],
      ],
      week,
    }),
  );
}
