import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { AppError } from '../../errors.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import type { Week } from '../../week.ts';
import { describeFinding } from '../finding/finding.ts';
import { describeChange, listChangedFacts } from '../facts/changed-facts.ts';
import { type Issue, lockIssue } from '../record/issue.ts';
import { hasMissedItsWeek } from '../record/send-time.ts';
import { nameOfStatus } from '../record/status.ts';
import {
  type ApprovalOptions,
  needsNewApproval,
  requireSeenContent,
  requireSeenFindings,
  requireSeenHold,
} from './approve.ts';
import { acceptChangedFacts, FACTS_CHANGED } from './hold-changed-issues.ts';

const MISSED = 'it was not sent at';
/** `status_reason` of an issue whose week was unskipped too late. */
export const MISSED_BY_SKIPPING =
  'its send time passed while the week was skipped; release it to send it now';

/** Holds an issue whose send time has passed, as has the week of that time, and notifies staff. */
export async function holdMissed(
  context: Context,
  week: Week,
  { time, at }: { time: string; at: Date },
): Promise<void> {
  const reason = `${MISSED} ${time} (no worker was running, or nobody had approved it), and that week is over`;
  const notify = async (tx: Tx, { approved_at }: Issue) => {
    const commands = `${approved_at ? '' : `\`verdicts issue approve ${week}\` and then `}\`verdicts issue send ${week}\``;
    await notifyStaff(context, tx, `too late send ${week} ${at.toISOString()}`, {
      title: `Held: issue of ${week}`,
      message: `The issue of ${week} is held: ${reason}. ${commands} sends it anyway.`,
      week,
    });
  };
  // Staff may have held, moved or sent it by the time that its row is locked.
  const isMissed = (issue: Issue) =>
    (issue.status === 'draft' || issue.status === 'approved') &&
    hasMissedItsWeek(context.config, issue, context.now());
  await holdIssue(context, week, reason, { notify, onlyIf: isMissed });
}

/** Whether the issue is held only because it missed its send time: staff may still send it. */
export function wasMissed({ status, status_reason }: Pick<Issue, 'status' | 'status_reason'>): boolean {
  return (
    status === 'held' && (status_reason?.startsWith(MISSED) === true || status_reason === MISSED_BY_SKIPPING)
  );
}

interface HoldOptions {
  notify?: (tx: Tx, issue: Issue) => Promise<void>;
  onlyIf?: (issue: Issue) => boolean;
}

/**
 * Prevents a draft or approved issue from being sent at its scheduled time. `notify` runs in the same transaction, so
 * that no hold is silent. Does nothing unless `onlyIf` is true of the issue when it is locked.
 */
export async function holdIssue(
  { db, now }: Context,
  week: Week,
  reason: string,
  { notify, onlyIf = () => true }: HoldOptions = {},
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (!onlyIf(issue)) {
      return;
    }
    if (!['draft', 'approved', 'held'].includes(issue.status)) {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; only a draft or approved one can be held.`,
      );
    }
    await tx
      .updateTable('issues')
      .set({ status: 'held', status_reason: reason, held_at: now() })
      .where('id', '=', issue.id)
      .execute();
    await notify?.(tx, issue);
  });
}

/**
 * Restores the status that the issue had before it was held. Changed facts keep an approved issue held unless `despite`
 * says why it goes out as it was approved; `expectedHash` and `expectedHold` are as for `approveIssue`. An issue whose
 * send time lies in a week that is over stays held until staff send it, unless `isSentAtOnce`.
 */
export async function releaseIssue(
  { config, db, now }: Context,
  week: Week,
  {
    despite,
    expectedHash,
    expectedHold,
    expectedFindings,
    isSentAtOnce = false,
  }: ApprovalOptions & { isSentAtOnce?: boolean } = {},
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const issue = await lockIssue(tx, week);
    if (issue.status !== 'held') {
      throw new AppError(
        'refused',
        `The issue of ${week} is ${nameOfStatus(issue)}; only a held one can be released.`,
      );
    }
    requireSeenContent(issue, expectedHash);
    requireSeenHold(issue, expectedHold);
    if (needsNewApproval(issue, config)) {
      throw new AppError(
        'refused',
        `The issue of ${week} stays held: it has lost its approval. Approve it again, which ends the hold as well.`,
      );
    }
    const staysHeld = !isSentAtOnce && hasMissedItsWeek(config, issue, now());
    if (staysHeld && wasMissed(issue)) {
      throw new AppError(
        'refused',
        `The issue of ${week} stays held: the week in which it was to go out is over. Send it now, or move it to another time and release it then.`,
      );
    }
    const findings = await findOverridden(tx, issue, { despite, expectedFindings });
    if (findings.length > 0) {
      await acceptChangedFacts(tx, issue);
    }
    await tx
      .updateTable('issues')
      .set({
        ...(staysHeld ? MISSED_WHILE_HELD : endOfHold(issue)),
        ...(findings.length > 0
          ? { approved_despite: [despite, ...overriddenBefore(issue), ...findings].join('\n') }
          : {}),
      })
      .where('id', '=', issue.id)
      .execute();
  });
}

/** The hold that is released ends, but the issue stays held because its time has passed. */
const MISSED_WHILE_HELD = { status_reason: `${MISSED} its time because it was held, and that week is over` };

/** The changed facts that `despite` overrides, in words; none without an approval. Throws `refused` without a reason for them. */
async function findOverridden(tx: Tx, issue: Issue, options: ApprovalOptions): Promise<string[]> {
  const changes = issue.approved_at ? (await listChangedFacts(tx, issue)).map(describeChange) : [];
  if (changes.length > 0 && !options.despite) {
    throw new AppError(
      'refused',
      `The issue of ${issue.week} stays held: ${FACTS_CHANGED}. Take the new facts, or release it with a reason.`,
      changes.map(({ what }) => what),
    );
  }
  const findings = changes.map(describeFinding);
  requireSeenFindings(issue, findings, options);
  return findings;
}

/** What an earlier reason was about, and that reason. */
function overriddenBefore({ approved_despite }: Issue): string[] {
  const [reason, ...findings] = approved_despite?.split('\n') ?? [];
  return reason === undefined ? [] : [`Before, with the reason “${reason}”:`, ...findings];
}

function endOfHold({ approved_at }: Issue) {
  return { status: approved_at ? 'approved' : 'draft', status_reason: null, held_at: null } as const;
}
