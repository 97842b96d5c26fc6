import { sql } from 'kysely';
import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import type { Week } from '../../week.ts';
import { hashContent } from '../record/content-hash.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { describeClosing, namesClosing } from '../record/send-time.ts';
import { describeFinding, hashFindings } from '../finding/finding.ts';
import { acceptChangedFacts, FACTS_CHANGED } from './hold-changed-issues.ts';
import { listFindings } from './list-findings.ts';
import { listChoices, renderVariants } from '../select/variants.ts';
import { nameOfStatus } from '../record/status.ts';
import { type Rendering, renderIssue } from '../render/render.tsx';

export interface ApprovalOptions {
  /** Why the issue goes out although checks found something. */
  despite?: string | undefined;
  /** The hash of the content that was seen. */
  expectedHash?: string | undefined;
  /**
   * The hold that was seen, as `holdOf` names it, or empty if none was: approving must not end a hold that nobody saw.
   */
  expectedHold?: string | undefined;
  /** What `despite` is about, as `hashFindings` names it: a reason must not override findings that nobody saw. */
  expectedFindings?: string | undefined;
}

/**
 * Freezes content and rendering, so that the mail sent is the one that staff reviewed. Findings of the checks block the
 * approval unless `despite` gives a reason, which is stored with them. A hold ends; approving twice changes nothing.
 * Throws `refused` if the content is not what was seen, or if the issue has been held since.
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
    requireSeenFindings(issue, findings, options);
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
    // The previous release leaves the facts before an approval when it writes the issue again.
    if (issue.made_from_before) {
      await tx.updateTable('issues').set({ made_from_before: null }).where('id', '=', issue.id).execute();
    }
    if (findings.length > 0) {
      await tx
        .updateTable('issues')
        .set({ approved_despite: [despite, ...findings].join('\n') })
        .where('id', '=', issue.id)
        .execute();
      await acceptChangedFacts(tx, { ...issue, made_from_before: null });
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

/** Throws `refused` if the issue's content is not what somebody saw. */
export function requireSeenContent(issue: Issue, expectedHash: string | undefined): void {
  if (expectedHash !== undefined && expectedHash !== issue.content_hash) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} has been changed since you saw it. Look at it again first.`,
    );
  }
}

/**
 * Throws `refused` for an issue that has been held since somebody saw it, even if it was then held for another reason.
 */
export function requireSeenHold(issue: Issue, expectedHold: string | undefined): void {
  if (issue.status === 'held' && expectedHold !== undefined && expectedHold !== holdOf(issue)) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} has been held since you saw it: ${issue.status_reason}. Look at it again first: this would end the hold.`,
    );
  }
}

/** Throws `refused` if the findings that a reason overrides are not those that somebody saw. */
export function requireSeenFindings(
  { week }: Issue,
  findings: readonly string[],
  { despite, expectedFindings }: ApprovalOptions,
): void {
  if (despite && expectedFindings !== undefined && expectedFindings !== hashFindings(findings)) {
    throw new AppError(
      'refused',
      `The findings about the issue of ${week} are not those that you saw. Look at them again first: your reason would override them.`,
      [...findings],
    );
  }
}

/** Whether an issue may go out only once it is approved again, although others go out without an approval: it has lost the one that it had. */
export function needsNewApproval(
  { approved_at, withdrawals }: Pick<Issue, 'approved_at' | 'withdrawals'>,
  { approval }: Pick<Context['config'], 'approval'>,
): boolean {
  return approval === 'automatic' && approved_at === null && withdrawals > 0;
}

/** Identifies the hold that an issue is in, for a form that ends it; empty if the issue is not held. */
export function holdOf({ status, held_at }: Pick<Issue, 'status' | 'held_at'>): string {
  return status === 'held' ? (held_at?.toISOString() ?? 'held') : '';
}

/**
 * Removes an approval, so that the issue may be edited and goes out only once it is approved again. It becomes a
 * draft or, where drafts go out by themselves, is held for `reason`. If it was held already, that hold stays, unless it
 * was because of changed facts, which no longer matter without an approval. Facts whose changes the approval accepted
 * have changed again.
 */
export async function removeApproval(
  { config, now }: Pick<Context, 'config' | 'now'>,
  tx: Tx,
  { id, status, status_reason, held_at }: Issue,
  reason: string,
): Promise<void> {
  await tx.deleteFrom('issue_renderings').where('issue_id', '=', id).execute();
  const isHeldForOtherReason = status === 'held' && status_reason !== FACTS_CHANGED;
  const state = isHeldForOtherReason
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
      made_from: sql`coalesce(made_from_before, made_from)`,
      made_from_before: null,
      withdrawals: sql`withdrawals + 1`,
    })
    .where('id', '=', id)
    .execute();
}

/**
 * Corrects the time at which voting ends, which the mail names and which depends on when the issue goes out: called as
 * an approved issue goes out, in case that is in a different week than planned. Returns the issue as it goes out.
 */
export async function correctClosing(context: Context, tx: Tx, issue: Issue): Promise<Issue> {
  const votes_until = describeClosing(context.config, issue.week, context.now());
  if (namesClosing(issue.content.votes_until, votes_until)) {
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

/** Stores the whole issue, and what readers who chose categories get of it. */
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
