import type { DeliveryStatus, IssueStatus } from '../../database/schema.ts';
import { holdOf } from '../../issues/decide/approve.ts';
import { hashFindings } from '../../issues/finding/finding.ts';
import { wasMissed } from '../../issues/decide/hold.ts';
import { isSkipped } from '../../issues/record/status.ts';
import type { Issue } from '../../issues/record/issue.ts';

const LABELS: Record<string, string> = {
  approve: 'Approve',
  'held approve': 'Approve and release',
  hold: 'Hold',
  withdraw: 'Withdraw the approval',
  release: 'Release',
  skip: 'Skip this week',
  unskip: 'Take the skip back',
  'send-now': 'Send it now…',
  pause: 'Pause sending',
  'keep paused': 'Keep it paused',
  resume: 'Resume sending',
  cancel: 'Cancel the rest…',
};

/** What each action does, said before it is taken. */
const EFFECTS: Record<string, string> = {
  approve:
    'It goes out at its time, as it is now, or within a minute if that has passed. The approval can be withdrawn until the first mail is handed to Resend.',
  'held approve':
    'The hold ends, and it goes out at its time, as it is now, or within a minute if that has passed; once its week is over it is held again, to be sent by hand.',
  hold: 'It does not go out until somebody releases it.',
  withdraw: 'It can be edited again, and does not go out until it is approved again.',
  release:
    'It goes out at its time, or within a minute if that has passed; once its week is over it waits to be sent by hand.',
  skip: 'Nobody gets an issue this week. That can be taken back until the week ends.',
  unskip: 'It becomes what it was before the skip; if its time has passed, it is held.',
  'send-now': 'First shows how many readers it goes to, and asks you to type that number.',
  pause: 'Mails that are being handed to Resend go out; all others wait until somebody resumes sending.',
  resume: 'Waiting mails go out.',
  cancel: 'First shows how many mails would never be sent, and asks you to type that number.',
};

const ACTIONS: Record<IssueStatus, string[]> = {
  draft: ['approve', 'hold', 'skip'],
  approved: ['hold', 'withdraw', 'send-now', 'skip'],
  held: ['approve', 'release', 'send-now', 'withdraw', 'skip'],
  sending: ['pause', 'withdraw', 'cancel'],
  paused: ['resume', 'withdraw', 'cancel'],
  sent: [],
  cancelled: [],
};

const BUTTON_CLASSES: Record<string, string> = {
  approve: '',
  release: '',
  resume: '',
  unskip: '',
  'send-now': 'stop',
  cancel: 'stop',
};
/** These lead to a page that says what they do and asks. */
const NEEDS_CONFIRMATION = new Set(['send-now', 'cancel']);

interface ActionsProps {
  issue: Issue;
  counts: Partial<Record<DeliveryStatus, number>>;
  passesChecks: boolean;
  /** An approved issue's facts have changed: it is released in the panel that shows them. */
  hasChangedFacts: boolean;
  /** The last week in which it could be sent is over. */
  isOver: boolean;
  /** Its time is still to come: it may have been moved. */
  isAhead: boolean;
  /** It has lost its approval, and goes out only with a new one. */
  needsApproval: boolean;
}

/** The possible actions; an issue that fails its checks is approved in the panel with the findings, with a reason. */
export function Actions(props: ActionsProps) {
  const { issue } = props;
  const possible = listActions(props);
  return possible.length === 0 ? null : (
    <>
      {issue.status === 'paused' && issue.voting_closed_at ? (
        <p className="problem">
          Voting on this issue has closed: nobody can vote on the mails that still wait.
        </p>
      ) : null}
      <div className="row">
        {possible.map((action) => (
          <form
            key={action}
            method={NEEDS_CONFIRMATION.has(action) ? 'get' : 'post'}
            action={`/studio/issues/${issue.week}/${action}`}
            autoComplete="off"
          >
            {action === 'approve' || action === 'release' ? <ShownVersionFields issue={issue} /> : null}
            <button type="submit" className={BUTTON_CLASSES[action] ?? 'plain'}>
              {labelOf(issue, action)}
            </button>
          </form>
        ))}
      </div>
      <details>
        <summary>What they do</summary>
        <ul>
          {possible.map((action) => (
            <li key={action}>
              <strong>{labelOf(issue, action)}</strong> {EFFECTS[keyOf(issue, action)] ?? EFFECTS[action]}
            </li>
          ))}
        </ul>
      </details>
    </>
  );
}

function listActions({
  issue,
  counts,
  passesChecks,
  hasChangedFacts,
  isOver,
  isAhead,
  needsApproval,
}: ActionsProps): string[] {
  // Some of its mails may have been handed to Resend. Those of readers who left meanwhile were not.
  const { queued: _, skipped: __, ...begun } = counts;
  const hasBegun = Object.values(begun).some((count) => count > 0);
  // An issue that would resume automatically can be kept paused until staff resume it.
  const actions = issue.resume_at
    ? [...ACTIONS.paused, 'pause']
    : isSkipped(issue)
      ? ['unskip']
      : ACTIONS[issue.status];
  const isPossible: Record<string, boolean> = {
    approve: passesChecks && !issue.approved_at,
    unskip: !isOver,
    withdraw: issue.approved_at !== null && !hasBegun,
    release:
      !needsApproval && (!wasMissed(issue) || isAhead) && (issue.approved_at === null || !hasChangedFacts),
    'send-now':
      !hasChangedFacts && (issue.status !== 'held' || (wasMissed(issue) && issue.approved_at !== null)),
  };
  return actions.filter((action) => isPossible[action] ?? true);
}

function labelOf(issue: Issue, action: string): string {
  return LABELS[keyOf(issue, action)] ?? LABELS[action] ?? action;
}

/** The key under which an action may have its own label and effect for an issue in this state. */
function keyOf({ status, resume_at }: Issue, action: string): string {
  return resume_at && action === 'pause' ? 'keep paused' : status === 'held' ? `held ${action}` : action;
}

/**
 * The content, the hold and the findings that the form showed, if its reason overrides them: approving or releasing is refused
 * if one of them changed.
 */
export function ShownVersionFields({ issue, findings }: { issue: Issue; findings?: readonly string[] }) {
  return (
    <>
      <input type="hidden" name="expected" value={issue.content_hash} />
      <input type="hidden" name="hold" value={holdOf(issue)} />
      {findings ? <input type="hidden" name="findings" value={hashFindings(findings)} /> : null}
    </>
  );
}

/** A form to move the time at which an issue goes out, in the newsletter's time zone. */
export function SendTime({ issue, timezone }: { issue: Issue; timezone: string }) {
  if (!issue.send_at || !['draft', 'approved', 'held'].includes(issue.status)) {
    return null;
  }
  const local = Temporal.Instant.fromEpochMilliseconds(issue.send_at.getTime())
    .toZonedDateTimeISO(timezone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' });
  return (
    <form method="post" action={`/studio/issues/${issue.week}/move`} className="row">
      <div>
        <label htmlFor="to">Goes out at ({timezone})</label>
        <input id="to" name="to" type="datetime-local" required defaultValue={local} />
      </div>
      <button type="submit" className="plain">
        Move the time
      </button>
    </form>
  );
}
