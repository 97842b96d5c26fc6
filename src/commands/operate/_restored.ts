import { countOf } from '../../count-of.ts';
import { LOST_WEEK } from '../../issues/decide/draft.ts';
import { AppError } from '../../errors.ts';
import { detectMove, recordIdentity } from '../../installation/identity.ts';
import { advanceIds } from '../../migration/advance-ids.ts';
import { isolateCopy } from '../../sending/restore/isolate-copy.ts';
import { reconcile, type Reconciliation } from '../../sending/restore/reconcile.ts';
import type { Options, CommandResult } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';

export function restored(session: Session, options: Options): Promise<CommandResult> {
  return options.asCopy === true ? asCopy(session) : reconcileAndResume(session);
}

async function reconcileAndResume({ context }: Session): Promise<CommandResult> {
  const reconciliation = await reconcile(context);
  await blockDrafts(context, reconciliation.lost_weeks);
  // A disk that was reset is not detected as a move: to PostgreSQL it is the same database.
  const move = await detectMove(context.db);
  await advanceIds(context.db, move?.key ?? `restored at ${context.now().toISOString()}`);
  await recordIdentity(context.db, context.now());
  return { json: reconciliation, text: describe(reconciliation) };
}

const LETTERS: Readonly<Record<string, string>> = {
  reminder: 'reminders to confirm',
  'still-want-this': '“still want this?” mails',
  goodbye: 'goodbye mails',
};

function describe({
  since,
  issues,
  letters,
  unnamed_letters,
  lost_weeks,
  held_weeks,
  paused_weeks,
}: Reconciliation): string {
  const lines = issues.flatMap(({ week, found, unknown, missing_readers }) => [
    `${week}: ${countOf(found, 'mail')} had gone out without being recorded in this database.`,
    ...(unknown > 0
      ? [
          `${week}: ${countOf(unknown, 'mail')} with an unknown outcome: \`verdicts issue recipients ${week} --status unknown\`.`,
        ]
      : []),
    ...(missing_readers > 0
      ? [`${week}: ${countOf(missing_readers, 'mail')} went to readers who are missing from this database.`]
      : []),
  ]);
  const ofLetters = letters.map(({ kind, found }) => {
    const name = LETTERS[kind] ?? `copies of the digest of ${kind.slice('digest-'.length)}`;
    return `${found} ${name} had gone out that were not recorded in this database.`;
  });
  const unnamed =
    unnamed_letters > 0
      ? [
          `${countOf(unnamed_letters, 'mail')} to readers ${unnamed_letters === 1 ? 'was not an issue' : 'were not issues'}, and the earlier release that sent them did not record their kind: any digest, reminder or “still want this?” mail among them may be sent again.`,
        ]
      : [];
  const lost = lost_weeks.map(
    (week) => `${week}: its issue went out but is missing from this database; it is not drafted again.`,
  );
  const held = held_weeks.map(
    (week) => `${week}: its issue may have gone out before the period that Resend’s list covers; it is held.`,
  );
  const paused = paused_weeks.map(
    (week) =>
      `${week}: a part of its issue went out, but nobody had approved it in this database, so the rest is paused. Compare it with what went out, then \`verdicts issue resume ${week}\` or \`verdicts issue cancel ${week}\`.`,
  );
  const found = [...lines, ...ofLetters, ...unnamed, ...lost, ...held, ...paused];
  return [
    `Reconciled with the mails that Resend lists since ${since.toISOString()}.`,
    ...(found.length > 0 ? found : ['All of them were recorded in this database.']),
    `${paused.length > 0 ? 'Sending of everything else resumes.' : 'Sending resumes.'} Unsubscribes, votes and sign-ups since the backup are lost: see docs/operating.md.`,
  ].join('\n');
}

/** Records the weeks as drafted; otherwise the timetable would catch up and draft them again. */
async function blockDrafts({ db, now }: Session['context'], weeks: readonly string[]): Promise<void> {
  for (const week of weeks) {
    await db
      .insertInto('schedule_runs')
      .values({ schedule: LOST_WEEK, period: week, outcome: 'started', ran_at: now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function asCopy({ context }: Session): Promise<CommandResult> {
  if (!(await detectMove(context.db))) {
    throw new AppError(
      'refused',
      'This database was not moved, so it is not a copy; --as-copy would stop all mail to its readers. Nothing was changed.',
    );
  }
  const { readers } = await isolateCopy(context);
  await recordIdentity(context.db, context.now());
  return {
    json: { readers },
    text: `This is now a separate installation. ${countOf(readers, 'reader is', 'readers are')} suppressed in it and never ${readers === 1 ? 'gets' : 'get'} mail from it.`,
  };
}
