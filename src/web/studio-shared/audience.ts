import { countOf } from '../../count-of.ts';
import type { Context } from '../../context.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { needsNewApproval } from '../../issues/decide/approve.ts';
import { wasMissed } from '../../issues/decide/hold.ts';
import { loadLanes } from '../../sending/lane-control/load-lanes.ts';
import { lastWeekOf } from '../../issues/decide/skip.ts';
import { isSkipped } from '../../issues/record/status.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import { countRecipients } from '../../sending/prepare/recipients.ts';
import { weekOf } from '../../week.ts';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/** Who gets the issue and when, or who got it: one or two sentences. */
export async function describeAudience(
  context: Context,
  issue: Issue,
  counts: Partial<Record<DeliveryStatus, number>>,
): Promise<string> {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const waiting = (counts.queued ?? 0) + (counts.submitting ?? 0);
  // Readers who left before their turn, or whose mail Resend rejected, suppressed or could not send, got none.
  const sent =
    total -
    waiting -
    (counts.skipped ?? 0) -
    (counts.cancelled ?? 0) -
    (counts.rejected ?? 0) -
    (counts.suppressed ?? 0) -
    (counts.failed ?? 0) -
    (counts.unknown ?? 0);
  const orUnknown = counts.unknown ? ` (and perhaps ${counts.unknown.toLocaleString('en')} more)` : '';
  switch (issue.status) {
    case 'sending':
      return `Going to ${countOf(total, 'reader')}.`;
    case 'paused':
      return `Paused: ${(total - waiting).toLocaleString('en')} of ${countOf(total, 'reader')} are done, ${countOf(waiting, 'mail waits', 'mails wait')} until ${issue.resume_at ? describeSendTime(issue.resume_at, context.config.timezone) : 'somebody resumes it'}.`;
    case 'sent':
      return `Went to ${countOf(sent, 'reader')}${orUnknown} on ${timeOf(context, issue.prepared_at)}.`;
    case 'cancelled':
      return isSkipped(issue)
        ? isWeekOver(context, issue)
          ? 'Skipped: nobody got it.'
          : 'Skipped: nobody gets it. That can be taken back until the week ends.'
        : `Cancelled after ${sent.toLocaleString('en')}${orUnknown} of ${countOf(total, 'reader')} had been sent the issue.`;
    case 'draft':
    case 'approved':
    case 'held':
      return (
        describeComing(context, issue, await describeRecipients(context, issue)) +
        (await describePausedLanes(context))
      );
  }
}

/** Whether the last week in which the issue could go out is over, so that a skip cannot be undone any more. */
export function isWeekOver({ config, now }: Context, issue: Issue): boolean {
  return lastWeekOf(issue, config.timezone) < weekOf(now(), config.timezone);
}

/** What follows from it that no lane sends; empty if one does. */
export async function describePausedLanes(context: Context): Promise<string> {
  const lanes = await loadLanes(context);
  return lanes.some(({ paused_at }) => paused_at === null)
    ? ''
    : ` ${lanes.length === 1 ? 'Sending through its lane is paused' : 'Every lane is paused'}: until somebody resumes one (Doctor has a link to the lanes), its mails wait.`;
}

async function describeRecipients({ db, now }: Context, issue: Issue): Promise<string> {
  const audience = await countRecipients(db, now(), issue);
  const others =
    audience.without > 0 ? ` (${audience.without.toLocaleString('en')} chose other categories)` : '';
  return countOf(audience.readers, 'reader') + others;
}

function describeComing(context: Context, issue: Issue, who: string): string {
  const { status, send_at, approved_at } = issue;
  const { config, now } = context;
  if (!send_at) {
    return `Goes to ${who}, but has no time: send it with the button, or by \`verdicts issue send\`.`;
  }
  const time = `${describeSendTime(send_at, config.timezone)}, ${relativeTime(send_at, now())}`;
  const isApproved = approved_at !== null || config.approval === 'automatic';
  const endOfHold = needsNewApproval(issue, config) ? 'approved again' : 'released';
  const isSendWeekOver = weekOf(send_at, config.timezone) < weekOf(now(), config.timezone);
  if (send_at > now()) {
    return status === 'held'
      ? `Held: it goes to nobody until it is ${endOfHold}. Its time is ${time}; it would go to ${who}.`
      : isApproved
        ? `Goes to ${who} on ${time}.`
        : `Goes to ${who} on ${time}, if somebody approves it before then.`;
  }
  if (isSendWeekOver) {
    const atOnce = wasMissed(issue) ? `${approved_at ? '' : 'approve it and '}send it now, or ` : '';
    return `Its time has passed (${time}), and so has its week. To send it to ${who}, ${atOnce}move its time and release it; otherwise skip it.`;
  }
  return status === 'held'
    ? `Held, and its time has passed (${time}). Once ${endOfHold}, it goes to ${who} within a minute.`
    : `Its time has passed (${time}). It goes to ${who} ${isApproved ? 'within a minute' : 'as soon as somebody approves it'}.`;
}

function timeOf({ config }: Context, at: Date | null): string {
  return at ? describeSendTime(at, config.timezone) : 'an unknown day';
}

/** "in 3 days", "2 hours ago" */
function relativeTime(at: Date, now: Date): string {
  const ms = at.getTime() - now.getTime();
  const [unit, length] = UNITS.find(([, size]) => Math.abs(ms) >= size) ?? (['minute', 60_000] as const);
  return RELATIVE.format(Math.round(ms / length), unit);
}
