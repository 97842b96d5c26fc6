import type { Command } from 'commander';
import { LOST_WEEK } from '../../issues/decide/draft.ts';
import { AppError } from '../../errors.ts';
import { detectMove, recordIdentity } from '../../database/identity.ts';
import { isolateCopy } from '../../sending/restore/isolate-copy.ts';
import { reconcile, type Reconciliation } from '../../sending/restore/reconcile.ts';
import { addCommand, type Options, type Outcome } from '../frame/command.ts';
import type { Session } from '../frame/session.ts';

export function addRestoredCommand(program: Command): void {
  addCommand(
    program,
    'restored',
    'this database was restored or failed over: ask Resend what went out, then go on',
    (session, options) => (options.asCopy === true ? asCopy(session) : restored(session, options)),
    { sends: true },
  ).option('--as-copy', 'it is a copy to try things on, which never mails these readers');
}

async function restored({ context }: Session, _: Options): Promise<Outcome> {
  const reconciliation = await reconcile(context);
  await forbidDraftsOf(context, reconciliation.lost_weeks);
  await recordIdentity(context.db, context.now());
  const { since, issues, lost_weeks } = reconciliation;
  return { json: { since, issues, lost_weeks }, text: describe(reconciliation) };
}

function describe({ since, issues, lost_weeks }: Reconciliation): string {
  const lines = issues.flatMap(({ week, found, unknown, strangers }) => [
    `${week}: ${found} mails had gone out that this database did not know of.`,
    ...(unknown > 0
      ? [
          `${week}: nobody can know of ${unknown} mails: \`verdicts issue recipients ${week} --status unknown\`.`,
        ]
      : []),
    ...(strangers > 0 ? [`${week}: ${strangers} mails went to readers whom this database has lost.`] : []),
  ]);
  const lost = lost_weeks.map(
    (week) => `${week}: its issue went out, and this database has lost it; it is not drafted again.`,
  );
  return [
    `Resend was asked what went out since ${since.toISOString()}.`,
    ...(lines.length + lost.length > 0
      ? [...lines, ...lost]
      : ['Nothing that this database did not know of.']),
    'Work goes on. Who left, voted or signed up since the backup is lost: see docs/operating.md.',
  ].join('\n');
}

/** The timetable would catch up on a draft of this week. */
async function forbidDraftsOf({ db, now }: Session['context'], weeks: readonly string[]): Promise<void> {
  for (const week of weeks) {
    await db
      .insertInto('schedule_runs')
      .values({ schedule: LOST_WEEK, period: week, outcome: 'started', ran_at: now() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function asCopy({ context }: Session): Promise<Outcome> {
  if (!(await detectMove(context.db))) {
    throw new AppError(
      'refused',
      'This database is where it was, so it is no copy: nobody of it would get mail any more. Nothing was changed.',
    );
  }
  const { readers } = await isolateCopy(context);
  await recordIdentity(context.db, context.now());
  return {
    json: { readers },
    text: `This is an installation of its own now. Its ${readers} readers are suppressed and never get mail from it.`,
  };
}
