import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { describeClosingDay } from '../record/send-time.ts';
import { describeFinding } from '../finding/finding.ts';
import { acceptChangedFacts, FACTS_CHANGED } from './changed-facts.ts';
import { listFindings } from './list-findings.ts';
import { listChoices, renderVariants } from '../select/variants.ts';
import { nameOfStatus } from '../record/status.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

export interface ApprovalOptions {
  /** Why it goes out although checks find something. */
  despite?: string | undefined;
  /** Of the content that was seen. */
  expectedHash?: string | undefined;
  /** Since when it was seen as held, or empty: whoever did not see a hold does not end it. */
  expectedHold?: string | undefined;
}

/**
 * Freezes content and rendering, so that the mail sent is the one staff reviewed. Findings of the checks block the
 * approval unless `despite` gives a reason, which is stored with them. Approving twice changes nothing; a hold ends. Throws
 * `refused` if the content is not what was seen, or if it has been held since.
 */
export async function approveIssue(
  context: Context,
  week: Week,
  by: string,
  options: ApprovalOptions = {},
): Promise<void> {
  await context.tracing.traceIssue(
    { installation: context.installation.id, week },
    'approve',
    () => approve(context, week, by, options),
    () => ({ by: by === 'timetable' ? by : 'staff' }),
  );
}

async function approve(context: Context, week: Week, by: string, options: ApprovalOptions): Promise<void> {
  const { despite } = options;
  await context.db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status === 'approved') {
      return;
    }
    requireApprovable(issue, options);
    const rendering = await renderIssue(issue.content, context.config);
    const findings = (await listFindings(context, tx, issue, rendering)).map(describeFinding);
    if (findings.length > 0 && !despite) {
      throw new AppError('refused', `The issue of ${week} does not pass its checks.`, findings);
    }
    await storeRenderings(context, tx, issue, rendering);
    await tx
      .updateTable('issues')
      .set({
        status: 'approved',
        status_reason: null,
        held_at: null,
        approved_at: context.now(),
        approved_by: by,
      })
      .where('id', '=', issue.id)
      .execute();
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

function requireApprovable(issue: Issue, { expectedHash, expectedHold }: ApprovalOptions): void {
  const { week } = issue;
  if (issue.status !== 'draft' && !(issue.status === 'held' && !issue.approved_at)) {
    throw new AppError(
      'refused',
      `The issue of ${week} is ${nameOfStatus(issue)}; only a draft can be approved.`,
    );
  }
  requireSeenContent(issue, expectedHash);
  requireSeenHold(issue, expectedHold);
}

/** Throws `refused` for an issue that says something else than what somebody saw. */
export function requireSeenContent(issue: Issue, expectedHash: string | undefined): void {
  if (expectedHash !== undefined && expectedHash !== issue.content_hash) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} has been changed since you saw it. Look at it again first.`,
    );
  }
}

/** Throws `refused` for an issue that has been held since somebody saw it, also if it was held then for another reason. */
export function requireSeenHold(issue: Issue, expectedHold: string | undefined): void {
  if (issue.status === 'held' && expectedHold !== undefined && expectedHold !== holdOf(issue)) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} has been held since you saw it: ${issue.status_reason}. Look at it again; this would end that.`,
    );
  }
}

/** Which hold an issue is in, for a form that ends it; empty if it is not held. */
export function holdOf({ status, held_at }: Pick<Issue, 'status' | 'held_at'>): string {
  return status === 'held' ? (held_at?.toISOString() ?? 'held') : '';
}

/**
 * The issue may be edited again, and goes out once it is approved again: it is a draft, or held for `reason` where drafts go out
 * by themselves. A hold stays, except for that of changed facts, which was of what had been approved.
 */
export async function removeApproval(
  { config, now }: Pick<Context, 'config' | 'now'>,
  tx: Tx,
  { id, status, status_reason, held_at }: Issue,
  reason: string,
): Promise<void> {
  await tx.deleteFrom('issue_renderings').where('issue_id', '=', id).execute();
  const isHeldOtherwise = status === 'held' && status_reason !== FACTS_CHANGED;
  const state = isHeldOtherwise
    ? { status, status_reason, held_at }
    : config.approval === 'automatic'
      ? { status: 'held' as const, status_reason: reason, held_at: now() }
      : { status: 'draft' as const, status_reason: null, held_at: null };
  await tx
    .updateTable('issues')
    .set({
      ...state,
      approved_at: null,
      approved_by: null,
      approved_despite: null,
      withdrawals: sql`withdrawals + 1`,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * Before an approved issue goes out: its mail says on which day voting ends, which follows from when that is. Where it goes out in
 * another week than it was to, the day is corrected in what was approved. Returns the issue as it goes out.
 */
export async function correctClosingDay(context: Context, tx: Tx, issue: Issue): Promise<Issue> {
  const votes_until = describeClosingDay(context.config, issue.week, context.now());
  if (votes_until === issue.content.votes_until) {
    return issue;
  }
  const content = { ...issue.content, votes_until };
  const corrected = { ...issue, content, content_hash: hashContent(content) };
  await tx
    .updateTable('issues')
    .set({ content: JSON.stringify(content), content_hash: corrected.content_hash })
    .where('id', '=', issue.id)
    .execute();
  await tx.deleteFrom('issue_renderings').where('issue_id', '=', issue.id).execute();
  await storeRenderings(context, tx, corrected, await renderIssue(content, context.config));
  return corrected;
}

/** The whole issue, and what readers who chose categories get of it. */
async function storeRenderings(
  { config, now }: Context,
  tx: Tx,
  issue: Issue,
  { subject, html, text, envelope }: Rendering,
): Promise<void> {
  await tx
    .insertInto('issue_renderings')
    .values({
      issue_id: issue.id,
      subject,
      html,
      text,
      envelope: JSON.stringify(envelope),
      content_hash: hashContent(issue.content),
      rendered_at: now(),
    })
    .execute();
  await renderVariants(tx, issue, config, await listChoices(tx));
}
