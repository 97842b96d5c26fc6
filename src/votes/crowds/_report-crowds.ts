import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { chanceOf, type Split } from './_chance.ts';

/** With at least so many votes, and below this chance, new readers of whatever origins vote so unlike the others that staff are told. */
const UNLIKE_VOTES = 20;
const UNLIKE_CHANCE = 1e-6;

/** Of one issue in an hour: whoever makes crowds must not fill the mailboxes of staff as well. The studio shows all. */
const MAX_NOTICES = 3;
const HOUR_MS = 3_600_000;

/** Once for crowds that are found together; they may be the same readers, by several things that they have in common. */
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
    title: `Votes of ${week}: new readers of one origin vote one way`,
    message: `Their votes are held as a group until you decide: the studio’s page of ${week} and \`verdicts votes crowds ${week}\` show what they have in common.`,
    week,
  });
}

/** Newcomers who have no origin in common count: staff are told, once per issue, when they vote unlike everybody else. */
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
        message: `Of readers who joined lately, ${ship} said Ship and ${skip} said Skip on ${tool}, which is not how the others vote. They have nothing in common that would show one hand, so their votes count. Somebody may have asked them to vote.`,
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
