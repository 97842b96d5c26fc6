import { AppError } from '../../errors.ts';
import { draftIssue } from '../../issues/decide/draft.ts';
import { auditedIssueChange } from '../../issues/record/audit-issue.ts';
import { weekOf } from '../../week.ts';
import type { PageContext } from '../layout/page.tsx';
import { actorOf } from '../studio-shared/actor.tsx';

/** Drafts the issue of this week, as `verdicts issue draft` does, and leads to its page. */
export async function draftAction(c: PageContext) {
  const context = c.get('context');
  const week = weekOf(context.now(), context.config.timezone);
  await auditedIssueChange(context, actorOf(c), 'draft', week, {}, async () => {
    const result = await draftIssue(context, week);
    if (result.kind === 'nothing to send') {
      const { rejections } = result.choice;
      throw new AppError(
        'refused',
        `There is no issue of ${week} to draft: no comparison can be used. Add one under Content${rejections.length > 0 ? ', or fix what keeps these out' : ''}.`,
        rejections.map(({ slug, reasons }) => `${slug}: ${reasons.join('; ')}`),
      );
    }
    if (result.kind === 'went out') {
      throw new AppError(
        'refused',
        `The issue of ${week} went out before this database was restored; a second one would mail everybody twice.`,
      );
    }
  });
  return c.redirect(`/studio/issues/${week}`, 303);
}
