import type { Context } from '../../context.ts';
import { loadOwnVotes } from '../../votes/tally/load-own-votes.ts';

/** A reader whose mail looks like that of many others. */
export interface KindOfReader {
  name: string;
  id: number;
}

/** How many of the newest and of the oldest readers are looked at. */
const SAMPLE = 150;

/** One reader of each kind whose mail differs; a kind without a reader is left out. */
export async function listKindsOfReader(
  context: Context,
  recapWeek: string | undefined,
): Promise<KindOfReader[]> {
  const list = (order: 'asc' | 'desc') =>
    context.db
      .selectFrom('subscribers')
      .select(['id', 'frequency'])
      .where('status', '=', 'active')
      .orderBy('id', order)
      .limit(SAMPLE)
      .execute();
  const [oldest, newest] = await Promise.all([list('asc'), list('desc')]);
  const sample = [...oldest, ...newest];
  const ids = [...new Set(sample.map(({ id }) => id))];
  const votes = recapWeek === undefined ? [] : await loadOwnVotes(context, recapWeek, ids);
  const findVoter = (hasVoted: boolean) => ids.find((_, index) => (votes[index]?.size ?? 0) > 0 === hasVoted);
  const kinds: [string, number | undefined][] = [
    ['New', newest[0]?.id],
    ...(recapWeek === undefined
      ? []
      : ([
          ['Voted last time', findVoter(true)],
          ['Did not vote last time', findVoter(false)],
        ] satisfies [string, number | undefined][])),
    ['Monthly', sample.find(({ frequency }) => frequency === 'monthly')?.id],
  ];
  return kinds.flatMap(([name, id]) => (id === undefined ? [] : [{ name, id }]));
}
