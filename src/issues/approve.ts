import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { AppError } from '../errors.ts';
import type { Week } from '../week.ts';
import { hashContent } from './content-hash.ts';
import { type Issue, lockIssue } from './issue.ts';
import { findProblems } from './preflight.ts';
import { type Rendering, renderIssue } from './render.tsx';

/** Freezes content and rendering: what staff saw is what goes out. A second approval changes nothing. */
export async function approveIssue(context: Context, week: Week, by: string): Promise<void> {
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status === 'approved') {
      return;
    }
    if (issue.status !== 'draft') {
      throw new AppError('refused', `The issue of ${week} is ${issue.status}; only a draft can be approved.`);
    }
    const rendering = await renderIssue(issue.content, context.config);
    const problems = findProblems(issue.content, rendering);
    if (problems.length > 0) {
      throw new AppError('refused', `The issue of ${week} does not pass its checks.`, problems);
    }
    await freeze(tx, issue, rendering, by, context.now());
  });
}

async function freeze(tx: Tx, issue: Issue, rendering: Rendering, by: string, now: Date): Promise<void> {
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
    .set({ status: 'approved', status_reason: null, approved_at: now, approved_by: by })
    .where('id', '=', issue.id)
    .execute();
}
