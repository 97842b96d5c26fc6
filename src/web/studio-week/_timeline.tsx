import type { Context } from '../../context.ts';
import { needsNewApproval } from '../../issues/decide/approve.ts';
import { isSkipped } from '../../issues/record/status.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { describeSendTime, votingEndsAt } from '../../issues/record/send-time.ts';

interface Step {
  name: string;
  time: string;
  state: 'done' | 'current' | 'coming';
}

const IN_WORDS: Record<Step['state'], string> = { done: 'done', current: 'now', coming: 'to come' };

/** Where an issue stands: from its draft to the day on which its voting closes. */
export function Timeline({ context, issue }: { context: Context; issue: Issue }) {
  return (
    <ol className="timeline" aria-label={`Where issue ${issue.number} stands`}>
      {listSteps(context, issue).map(({ name, time, state }) => (
        <li key={name} className={state} aria-current={state === 'current' ? 'step' : undefined}>
          <strong>{name}</strong> <span className="chip chip-plain">{IN_WORDS[state]}</span>
          <br />
          <span className="quiet">{time}</span>
        </li>
      ))}
    </ol>
  );
}

function listSteps({ config, now }: Context, issue: Issue): Step[] {
  const { timezone } = config;
  const say = (at: Date | null) => (at ? describeSendTime(at, timezone) : 'no time yet');
  const drafted: Step = { name: 'Drafted', time: say(issue.drafted_at), state: 'done' };
  if (isSkipped(issue)) {
    return [drafted, { name: 'Skipped', time: 'until it is taken back', state: 'current' }];
  }
  if (issue.status === 'held') {
    return [
      drafted,
      {
        name: 'Held',
        time: needsNewApproval(issue, config) ? 'until it is approved again' : 'until it is released',
        state: 'current',
      },
    ];
  }
  const prepared_at = issue.prepared_at ?? issue.send_at ?? new Date(0);
  const closes_at =
    issue.voting_closed_at ??
    votingEndsAt(config, { week: issue.week, prepared_at, votes_until: issue.content.votes_until });
  const isClosed = closes_at <= now() && issue.prepared_at !== null;
  const isUnsent = issue.prepared_at === null;
  const isSending = issue.status === 'sending' || issue.status === 'paused';
  return [
    drafted,
    {
      name: issue.approved_at ? 'Approved' : 'In review',
      time: isUnsent ? `until ${say(issue.send_at)}` : issue.approved_by ? `by ${issue.approved_by}` : '',
      state: stateOf(!isUnsent, isUnsent),
    },
    {
      name: isSending || isUnsent ? 'Sending' : issue.status === 'cancelled' ? 'Cancelled' : 'Sent',
      time: say(issue.cancelled_at ?? issue.sent_at ?? issue.prepared_at ?? issue.send_at),
      state: stateOf(!isUnsent && !isSending, isSending),
    },
    {
      name: isClosed ? 'Voting closed' : 'Voting open',
      time: `until ${say(closes_at)}`,
      // From the first mail on.
      state: stateOf(isClosed, !isUnsent),
    },
  ];
}

function stateOf(isDone: boolean, isCurrent: boolean): Step['state'] {
  return isDone ? 'done' : isCurrent ? 'current' : 'coming';
}
