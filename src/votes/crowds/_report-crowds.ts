import type { Context } from '../../context.ts';
import type { Tx } from '../../database/connect.ts';
import { notifyStaff } from '../../queue/notify-staff.ts';
import { chanceOf, type Split } from './_chance.ts';

/**
 * Staff are told when new readers whose votes count cast at least this many on a tool, and readers like the others would vote so
 * one-sidedly with less than this chance.
 */
const UNLIKE_VOTES = 20;
const UNLIKE_CHANCE = 1e-6;

/**
 * Per issue and hour: whoever makes crowds must not be able to fill the mailboxes of staff as well. The studio shows
 * all crowds.
 */
const MAX_NOTICES = 3;
const HOUR_MS = 3_600_000;
const NO_VOTES: Split = { ship: 0, skip: 0 };

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

type ByTool = ReadonlyMap<string, Split>;

/**
 * Votes of newcomers who are in no crowd count; staff are told, once per issue, if those votes are unlike everybody
 * else's. Whoever stays below a crowd with each of many origins is seen here.
 */
export async function reportNewcomers(
  context: Context,
  issueId: number,
  { newcomers, companions, others }: { newcomers: ByTool; companions: ByTool; others: ByTool },
): Promise<void> {
  const of = (votes: ByTool, tool: string) => votes.get(tool) ?? NO_VOTES;
  const tools = [...new Set([...newcomers.keys(), ...companions.keys()])].map((tool) => {
    const [lone, joined, all] = [of(newcomers, tool), of(companions, tool), of(others, tool)];
    return {
      tool,
      votes: { ship: lone.ship + joined.ship, skip: lone.skip + joined.skip },
      old: { ship: Math.max(0, all.ship - lone.ship), skip: Math.max(0, all.skip - lone.skip) },
    };
  });
  const unlike = tools.find(
    ({ votes, old }) => votes.ship + votes.skip >= UNLIKE_VOTES && chanceOf(votes, old) < UNLIKE_CHANCE,
  );
  if (unlike) {
    const { tool, votes } = unlike;
    const { ship, skip } = votes;
    await context.db.transaction().execute(async (tx) => {
      const week = await weekOf(tx, issueId);
      await notifyStaff(context, tx, `newcomers ${week}`, {
        title: `Votes of ${week}: new readers vote unlike the others`,
        message: `Of the readers who joined lately, ${ship} said Ship and ${skip} said Skip on ${tool}; the others vote differently. Nothing that they have in common points to one person behind them for certain, so their votes count. Somebody may have asked them to vote.`,
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
