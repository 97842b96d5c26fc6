import type { Context } from '../../context.ts';
import type { Db, Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { shiftWeek, type Week, weekOf } from '../../week.ts';
import { AppError } from '../../errors.ts';
import { type ChosenComparisons, chooseComparisons, type ChoosingInput } from '../choose/choose.ts';
import { composeIssue } from '../write/compose.ts';
import { hashContent } from '../record/content-hash.ts';
import { findIssue, getIssue, type Issue, type StoredChoice } from '../record/issue.ts';
import { loadChoosingInput } from '../choose/load-choosing-input.ts';
import { removePins } from '../choose/pins.ts';
import { loadRecap } from '../write/recap.ts';
import { revisionsOf } from '../facts/load-pairs.ts';
import { keepOneADay, lockSendDays } from './_one-a-day.ts';
import { describeClosing, type SendTime, sendTimeOf } from '../record/send-time.ts';
import { listCandidates } from '../edit/candidates.ts';
import { storeComparisons } from '../edit/store-comparisons.ts';

export type DraftResult =
  | { kind: 'drafted'; issue: Issue }
  | { kind: 'existed'; issue: Issue }
  /** The issue was sent, but is missing from this database because an older backup was restored. */
  | { kind: 'went out' }
  | { kind: 'nothing to send'; choice: StoredChoice };

/**
 * Chooses and composes the week's issue; keeps the one that exists already. `due_at` is when the timetable scheduled
 * the draft; `notify` is called in the transaction. An issue whose week ends before anybody could review it is held.
 * Throws `invalid_input` for a week that is far away.
 */
export async function draftIssue(
  context: Context,
  week: Week,
  due_at?: Date,
  notify?: (tx: Tx, issue: Issue) => Promise<void>,
): Promise<DraftResult> {
  return context.db.transaction().execute(async (tx) => {
    await lockSendDays(tx);
    const existing = await findIssue(tx, week);
    if (existing) {
      return { kind: 'existed', issue: existing };
    }
    if (await wasSentBeforeRestore(tx, week)) {
      return { kind: 'went out' };
    }
    const now = context.now();
    requireNearWeek(week, weekOf(now, context.config.timezone));
    const input = await loadChoosingInput(context, tx, week, now);
    const choice = chooseComparisons(input);
    if (choice.picks.length === 0) {
      await notifyNothingToSend(context, tx, week, choice);
      return { kind: 'nothing to send', choice: storedChoice(choice) };
    }
    const send = sendTimeOf(context.config, { week, drafted_at: now, due_at });
    await storeDraft(context, tx, input, choice, send);
    await keepOneADay(context, tx, send.at);
    const issue = await getIssue(tx, week);
    await notify?.(tx, issue);
    return { kind: 'drafted', issue };
  });
}

const MAX_WEEKS_AWAY = 4;

/**
 * An issue drafted by mistake for a week in the far future would be the latest one for years; one for a week long past
 * would be out of order.
 */
function requireNearWeek(week: Week, thisWeek: Week): void {
  if (week > shiftWeek(thisWeek, MAX_WEEKS_AWAY) || week < shiftWeek(thisWeek, -MAX_WEEKS_AWAY)) {
    throw new AppError(
      'invalid_input',
      `${week} is more than ${MAX_WEEKS_AWAY} weeks away; this week is ${thisWeek}.`,
    );
  }
}

/** Whether `verdicts restored` marked the week as sent: a second issue would mail every reader of that week twice. */
export async function wasSentBeforeRestore(tx: Db | Tx, week: Week): Promise<boolean> {
  const row = await tx
    .selectFrom('schedule_runs')
    .select('period')
    .where('schedule', '=', LOST_WEEK)
    .where('period', '=', week)
    .executeTakeFirst();
  return row !== undefined;
}

async function storeDraft(
  { config }: Context,
  tx: Tx,
  input: ChoosingInput,
  choice: ChosenComparisons,
  send: SendTime,
): Promise<void> {
  const comparisons = choice.picks.map((pick) => pick.comparison);
  const { number } = await tx
    .selectFrom('issues')
    .select(({ fn, lit }) => fn.coalesce(fn.max('number'), lit(0)).as('number'))
    .executeTakeFirstOrThrow();
  const recap = await loadRecap(tx, input.week);
  const content = composeIssue({
    ...input,
    comparisons,
    number: number + 1,
    recap,
    votes_until: describeClosing(config, input.week, send.at),
  });
  const row = await tx
    .insertInto('issues')
    .values({
      week: input.week,
      number: number + 1,
      ...(send.is_too_late
        ? { status: 'held', status_reason: TOO_LATE, held_at: input.now }
        : { status: 'draft' }),
      content: JSON.stringify(content),
      content_hash: hashContent(content),
      made_from: JSON.stringify(revisionsOf(comparisons)),
      edits: '{}',
      choice: JSON.stringify({ ...storedChoice(choice), ...listCandidates(input.week, comparisons) }),
      cut_off_at: input.now,
      drafted_at: input.now,
      send_at: send.at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await storeComparisons(tx, row.id, comparisons);
  await removePins(
    tx,
    comparisons.map(({ slug }) => slug),
  );
}

/** `schedule_runs.schedule` of a week whose issue was sent but is missing from the restored database. */
export const LOST_WEEK = 'draft of a lost week';

/** Reason for a draft that is held as soon as it is made. */
const TOO_LATE = 'its week ends before anybody can review it; send it manually, or cancel it';

function storedChoice({ picks, rejections }: ChosenComparisons): StoredChoice {
  return {
    picks: picks.map(({ comparison, origin, points, reasons }) => ({
      slug: comparison.slug,
      origin,
      points,
      reasons,
    })),
    rejections,
  };
}

/** `staff_notices.subject_key` of a week for which no comparison could be used. */
export function nothingToSendKey(week: Week): string {
  return `no issue ${week}`;
}

async function notifyNothingToSend(
  context: Context,
  tx: Tx,
  week: Week,
  { rejections }: ChosenComparisons,
): Promise<void> {
  const reasons = rejections.map(({ slug, reasons }) => `${slug}: ${reasons.join('; ')}`);
  await notifyStaff(context, tx, nothingToSendKey(week), {
    title: `No issue for ${week}`,
    message: [`There is no issue for ${week}: no comparison could be used.`, ...reasons].join('\n'),
  });
}
