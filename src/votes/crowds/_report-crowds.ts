import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { chanceOf, type Split } from './_chance.ts';

/**
 * Staff are told when new readers who are in no cohort cast at least this many votes on a tool, and readers like the
 * others would vote so one-sidedly with less than this chance.
 */
const UNLIKE_VOTES = 20;
const UNLIKE_CHANCE = 1e-6;

/**
 * Per issue and hour: whoever makes crowds must not be able to fill the mailboxes of staff as well. The studio shows
 * all crowds.
 */
const MAX_NOTICES = 3;
const HOUR_MS = 3_600_000;

/**
 * Sends one notice for all crowds that are found together: they may consist of the same readers, who have several things
 * in common.
 */
export async function reportCrowds(
  context: Context,
  tx: Tx,
  issueId: number,
  names: readonly string[],
): Promise<void> {
  const week = await weekOf(tx, issueId);
  const { notices } = await tx
    .selectFrom('staff_notices')
    .select(({ fn }) => fn.countAll<number>().as('notices'))
    .where('subject_key', 'like', `crowds ${week} %`)
    .where('created_at', '>', new Date(context.now().getTime() - HOUR_MS))
    .executeTakeFirstOrThrow();
  if (notices >= MAX_NOTICES) {
    return;
  }
  await notifyStaff(context, tx, `crowds ${week} ${names[0]}`, {
    title: `Votes of ${week}: new readers of one origin vote one-sidedly`,
    message: `Their votes are held as a group until you decide: the studio’s page of ${week} and \`verdicts votes crowds ${week}\` show what they have in common.`,
    week,
  });
}

/**
 * Votes of newcomers who are in no cohort count; staff are told, once per issue, if those votes are unlike everybody
 * else's.
 */
export async function reportNewcomers(
  context: Context,
  issueId: number,
  newcomers: ReadonlyMap<string, Split>,
  others: ReadonlyMap<string, Split>,
): Promise<void> {
  const unlike = [...newcomers].find(([tool, votes]) => {
    const all = others.get(tool) ?? votes;
    const old = { ship: Math.max(0, all.ship - votes.ship), skip: Math.max(0, all.skip - votes.skip) };
    return votes.ship + votes.skip >= UNLIKE_VOTES && chanceOf(votes, old) < UNLIKE_CHANCE;
  });
  if (unlike) {
    const [tool, { ship, skip }] = unlike;
    await context.db.transaction().execute(async (tx) => {
      const week = await weekOf(tx, issueId);
      await notifyStaff(context, tx, `newcomers ${week}`, {
        title: `Votes of ${week}: new readers vote unlike the others`,
        message: `Of the readers who joined lately, ${ship} said Ship and ${skip} said Skip on ${tool}; the others vote differently. They have nothing in common that would point to one person behind them, so their votes count. Somebody may have asked them to vote.`,
        week,
      });
    });
  }
}

async function weekOf(tx: Tx, issueId: number): Promise<string> {
  const { week } = await tx
    .selectFrom('issues')
    .select('week')
    .where('id', '=', issueId)
    .executeTakeFirstOrThrow();
  return week;
}
