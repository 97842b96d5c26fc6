import { sql } from 'kysely';
import { countOf } from '../../count-of.ts';
import type { Context } from '../../context.ts';
import type { DeliveryStatus } from '../../database/schema.ts';
import { wasSentBeforeRestore } from '../../issues/decide/draft.ts';
import { listChangedFacts } from '../../issues/facts/changed-facts.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';
import { loadTallies } from '../../votes/tally/load-tallies.ts';
import { findLastOccurrence, weekOf } from '../../week.ts';
import { loadLanes, waitsForStaff } from '../../sending/lane-control/load-lanes.ts';
import { listOpenFindings } from '../studio-shared/open-findings.ts';

/** A worker drafts within a minute. */
const DRAFTING_MS = 15 * 60_000;

/** Something that a person has to do or may look at, with the page where it is done. */
export interface Task {
  what: string;
  href: string;
  button: string;
  /** Nothing happens by itself until it is done. */
  is_urgent: boolean;
  /** The button does it at once. */
  is_done_here?: true;
}

/** Everything that waits for a person, most urgent first. */
export async function listTasks(context: Context, issues: readonly Issue[]): Promise<Task[]> {
  const tasks = await Promise.all([
    ...issues.map((issue) => listIssueTasks(context, issue)),
    listMissingDraft(context, issues),
    listOpenMails(context),
    listPausedLanes(context),
    ...issues.filter(isVotingOpen).map((issue) => listHeldVotes(context, issue)),
  ]);
  const sameDay = listSameDayIssues(issues, context.config.timezone);
  return [...tasks.flat(), ...sameDay].toSorted((a, b) => Number(b.is_urgent) - Number(a.is_urgent));
}

/** Voting may still be open: it has been sent, and its result is not frozen. */
export function isVotingOpen({ prepared_at, voting_closed_at }: Issue): boolean {
  return prepared_at !== null && voting_closed_at === null;
}

async function listIssueTasks(context: Context, issue: Issue): Promise<Task[]> {
  const href = `/studio/issues/${issue.week}`;
  const reason = issue.status_reason ?? 'no reason given';
  if (issue.status === 'draft') {
    return [await findDraftTask(context, issue, href)];
  }
  if (issue.status === 'held') {
    const what = `Issue ${issue.number} is held: ${reason}`;
    return [{ what, href, button: 'Decide', is_urgent: true }];
  }
  if (issue.status === 'paused' && !issue.resume_at) {
    const what = `Sending of issue ${issue.number} is paused: ${reason}`;
    return [{ what, href, button: 'Look at it', is_urgent: true }];
  }
  return [];
}

async function findDraftTask(context: Context, issue: Issue, href: string): Promise<Task> {
  const { config, db } = context;
  const name = `Issue ${issue.number}`;
  const changes = await listChangedFacts(db, issue);
  if (changes.length > 0) {
    const what = `${name}: facts have changed since it was drafted`;
    return { what, href: `${href}#facts`, button: 'See the changes', is_urgent: true };
  }
  const findings = await listOpenFindings(context, issue);
  if (findings.length > 0) {
    const what = `${name} fails ${findings.length === 1 ? 'a check' : `${findings.length} checks`}`;
    return { what, href: `${href}#checks`, button: 'See the findings', is_urgent: true };
  }
  const time = issue.send_at ? describeSendTime(issue.send_at, config.timezone) : 'its time';
  return config.approval === 'required'
    ? {
        what: `${name} waits for approval${describeWait(context, issue, time)}`,
        href,
        button: 'Review it',
        is_urgent: true,
      }
    : {
        what: `${name} is in review and goes out on ${time}, unless somebody holds it`,
        href,
        button: 'Review it',
        is_urgent: false,
      };
}

function describeWait({ now }: Context, { send_at }: Issue, time: string): string {
  return send_at && send_at <= now()
    ? `: its time, ${time}, has passed, and it goes out as soon as somebody approves it`
    : ` before ${time}`;
}

/** Issues that go out on the same day, as after a release: drafting, moving and unskipping prevent it. */
function listSameDayIssues(issues: readonly Issue[], timezone: string): Task[] {
  const waiting = issues.filter(({ status, send_at }) => send_at && ['draft', 'approved'].includes(status));
  const dayOf = (at: Date) => describeSendTime(at, timezone).split(',')[0]!;
  const byDay = Map.groupBy(waiting, ({ send_at }) => dayOf(send_at!));
  return [...byDay].flatMap(([day, ofDay]) =>
    ofDay.length < 2
      ? []
      : {
          what: `Issues ${ofDay
            .map(({ number }) => number)
            .toSorted((a, b) => a - b)
            .join(' and ')} go out on one day, ${day}`,
          href: `/studio/issues/${ofDay[0]!.week}`,
          button: 'Move one of them',
          is_urgent: true,
        },
  );
}

/** This week's issue should have been drafted, and was not: there was nothing to draft, or no worker. */
async function listMissingDraft(
  { config: { schedules, timezone }, db, installation, now }: Context,
  issues: readonly Issue[],
): Promise<Task[]> {
  const due = findLastOccurrence(schedules.draft, now(), timezone);
  const isDue = due.at >= installation.created_at && now().getTime() - due.at.getTime() > DRAFTING_MS;
  const isThisWeek = due.week === weekOf(now(), timezone);
  const isMissing = isDue && isThisWeek && !issues.some(({ week }) => week === due.week);
  return isMissing && !(await wasSentBeforeRestore(db, due.week))
    ? [
        {
          what: `There is no issue of ${due.week}, which was to be drafted on ${describeSendTime(due.at, timezone)}`,
          href: '/studio/draft',
          button: 'Draft it',
          is_urgent: true,
          is_done_here: true,
        },
      ]
    : [];
}

/** Lanes that wait for staff to resume them, or through which Resend accepts nothing. */
async function listPausedLanes(context: Context): Promise<Task[]> {
  const lanes = await loadLanes(context);
  return lanes
    .filter((lane) => waitsForStaff(lane) || lane.refused_reason !== null)
    .map(({ number, paused_reason, refused_reason }) => ({
      what:
        refused_reason === null
          ? `Lane ${number} is paused, and its readers wait: ${paused_reason}`
          : `Resend refuses the mails of lane ${number}${number === 1 ? ', confirmations as well' : ''}: ${refused_reason}`,
      href: '/studio/lanes',
      button: 'Look at it',
      is_urgent: true,
    }));
}

async function listOpenMails({ db }: Context): Promise<Task[]> {
  const rows = await db
    .selectFrom('open_deliveries')
    .innerJoin('issues', 'issues.id', 'issue_id')
    .select(['week', 'number', 'issues.status as issue_status', 'open_deliveries.status'])
    .select(sql<number>`count(*)::integer`.as('mails'))
    .groupBy(['week', 'number', 'issue_status', 'open_deliveries.status'])
    .orderBy('week', 'desc')
    .execute();
  // Nothing from a cancelled issue is sent again.
  const open = rows.filter(
    ({ issue_status, status }) => issue_status !== 'cancelled' || status === 'unknown',
  );
  return open.map(({ week, number, status, mails }) => ({
    what: `${countOf(mails, 'mail')} of issue ${number} ${describeStatus(status, mails)}`,
    href: `/studio/issues/${week}#open-${status}`,
    button: status === 'unknown' ? 'Decide' : 'Look at them',
    // An address that Resend rejected once is rejected every time.
    is_urgent: status !== 'rejected',
  }));
}

function describeStatus(status: DeliveryStatus, mails: number): string {
  return status === 'unknown'
    ? 'may or may not have been sent'
    : status === 'failed'
      ? 'could not be sent'
      : `${mails === 1 ? 'was' : 'were'} ${status}`;
}

async function listHeldVotes({ db }: Context, { id, number, week }: Issue): Promise<Task[]> {
  const { voided } = await db
    .selectFrom('held_votes')
    .select(({ fn }) => fn.countAll<number>().as('voided'))
    .where('issue_id', '=', id)
    .where('reason', '=', 'voided by staff')
    .executeTakeFirstOrThrow();
  // What staff have set aside is decided.
  const held = (await loadTallies(db, id)).reduce((sum, tally) => sum + tally.held, -voided);
  return held === 0
    ? []
    : [
        {
          what: `${held === 1 ? '1 vote' : `${held} votes`} on issue ${number} ${held === 1 ? 'is' : 'are'} held by rules until somebody decides`,
          href: `/studio/issues/${week}#votes`,
          button: 'Look at them',
          is_urgent: false,
        },
      ];
}
