import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { describeFinding } from '../check/finding.ts';
import { acceptChangedFacts } from './changed-facts.ts';
import { listFindings } from './list-findings.ts';
import { listChoices, renderVariants } from '../select/variants.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

/**
 * Freezes content and rendering, so that the mail sent is the one staff reviewed. Findings of the checks block the
 * approval unless `despite` gives a reason, which is stored with them. Approving twice changes nothing.
 */
export async function approveIssue(
  context: Context,
  week: Week,
  by: string,
  despite?: string,
): Promise<void> {
  await context.tracing.traceIssue(
    { installation: context.installation.id, week },
    'approve',
    () => approve(context, week, by, despite),
    () => ({ by: by === 'timetable' ? by : 'staff' }),
  );
}

async function approve(context: Context, week: Week, by: string, despite: string | undefined): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status === 'approved') {
      return;
    }
    if (issue.status !== 'draft' && !(issue.status === 'held' && !issue.approved_at)) {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; only a draft can be approved.`);
    }
    const rendering = await renderIssue(issue.content, context.config);
    const findings = (await listFindings(context, tx, issue, rendering)).map(describeFinding);
    if (findings.length > 0 && !despite) {
      throw new AppError('refused', `The issue of ${week} does not pass its checks.`, findings);
    }
    await freeze(tx, issue, rendering, { by, now: context.now() });
    await renderVariants(tx, issue, context.config, await listChoices(tx));
    if (findings.length > 0) {
      await tx
        .updateTable('issues')
        .set({ approved_despite: [despite, ...findings].join('\n') })
        .where('id', '=', issue.id)
        .execute();
      await acceptChangedFacts(tx, issue);
    }
  });
}

/** The issue is a draft again, and may be edited. */
export async function removeApproval(tx: Tx, issueId: number): Promise<void> {
  await tx.deleteFrom('issue_renderings').where('issue_id', '=', issueId).execute();
  await tx
    .updateTable('issues')
    .set({
      status: 'draft',
      status_reason: null,
      held_at: null,
      approved_at: null,
      approved_by: null,
      approved_despite: null,
      withdrawals: sql`withdrawals + 1`,
    })
    .where('id', '=', issueId)
    .execute();
}

async function freeze(
  tx: Tx,
  issue: Issue,
  rendering: Rendering,
  { by, now }: { by: string; now: Date },
): Promise<void> {
  const { subject, html, text, envelope } = rendering;
  await tx
    .insertInto('issue_renderings')
    .values({
      issue_id: issue.id,
      subject,
      html,
      text,
      envelope: JSON.stringify(envelope),
      content_hash: hashContent(issue.content),
      rendered_at: now,
    })
    .execute();
  await tx
    .updateTable('issues')
    .set({ status: 'approved', status_reason: null, held_at: null, approved_at: now, approved_by: by })
    .where('id', '=', issue.id)
    .execute();
}
