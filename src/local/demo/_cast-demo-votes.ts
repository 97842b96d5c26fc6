import { createHash } from 'node:crypto';
import { mapAtMost } from '../../concurrency/map-at-most.ts';
import type { Context } from '../../context.ts';
import { postVote } from '../../votes/cast/cast.ts';
import type { Week } from '../../week.ts';

const VOTING_SHARE = 0.3;
const TOOL_SHARE = 0.7;
const VOTING_MS = 4 * 86_400_000;
const CONCURRENT_VOTES = 8;
const READING_MS = 4_000;

/** Simulates reader votes: a share of the readers votes on a share of the tools, in the days after sending. */
export async function castDemoVotes(context: Context, week: Week, sentAt: Date): Promise<void> {
  const { db } = context;
  const tools = await listTools(context, week);
  const readers = await db
    .selectFrom('deliveries')
    .innerJoin('issues', 'issues.id', 'deliveries.issue_id')
    .select(['issue_id', 'subscriber_id'])
    .where('week', '=', week)
    .where('deliveries.status', 'in', ['submitted', 'delivered'])
    .orderBy('deliveries.id')
    .execute();
  const ballots = readers.filter(({ subscriber_id }) => pseudoRandom('votes', subscriber_id) < VOTING_SHARE);
  const votes = ballots.flatMap((ballot) =>
    tools
      .filter((tool) => pseudoRandom(tool, ballot.subscriber_id, 'answers') < TOOL_SHARE)
      .map((tool, index) => ({
        ballot,
        tool,
        way: index === 0 ? ('button' as const) : ('ballot' as const),
        choice:
          pseudoRandom(tool, ballot.subscriber_id, 'choice') < 0.3 + 0.5 * pseudoRandom(tool, 'taste')
            ? ('ship' as const)
            : ('skip' as const),
        now: () => new Date(sentAt.getTime() + VOTING_MS * pseudoRandom(ballot.subscriber_id, 'time') ** 2),
      })),
  );
  await mapAtMost(CONCURRENT_VOTES, votes, ({ ballot, tool, way, choice, now }) =>
    postVote({ ...context, now }, ballot, {
      kind: 'vote',
      tool_slug: tool,
      choice,
      way,
      rendered_at: new Date(now().getTime() - READING_MS),
      page_tool: null,
      has_hand: true,
      is_remembered: false,
      source_key: null,
    }),
  );
}

async function listTools({ db }: Context, week: Week): Promise<string[]> {
  const rows = await db
    .selectFrom('issue_comparisons')
    .innerJoin('issues', 'issues.id', 'issue_comparisons.issue_id')
    .select(['tool_a', 'tool_b'])
    .where('week', '=', week)
    .orderBy('position')
    .execute();
  return rows.flatMap(({ tool_a, tool_b }) => [tool_a, tool_b]);
}

/** A deterministic number from 0 to 1, so that the demo is identical on every machine. */
function pseudoRandom(...parts: (string | number)[]): number {
  return createHash('sha256').update(parts.join(' ')).digest().readUInt32BE() / 0xff_ff_ff_ff;
}
