import type { Context } from '../../context.ts';
import type { Verdict } from '../../database/schema.ts';
import type { BallotTool, ReaderBallot } from '../../votes/ballot/ballot.ts';
import { loadFrozenTallies, recentTallies } from '../../votes/tally/load-tallies.ts';
import { ReaderResult } from '../site/reader-result.tsx';
import { VERDICT_WORDS } from './_vote-button.tsx';

export function NotEligible({ ballot }: { ballot: ReaderBallot }) {
  return (
    <div className="sheet narrow">
      <h1>This issue was not sent to you</h1>
      <p>
        Only readers who had confirmed before issue {ballot.number} went out can vote on it. You can vote on
        the next issue you get.
      </p>
      <p>
        <a href={`/issues/${ballot.week}`}>Read the issue</a>
      </p>
    </div>
  );
}

/** `requested` is the vote of the link that was opened. */
export async function renderVotingClosed(
  { db }: Context,
  ballot: ReaderBallot,
  requested: { tool: BallotTool; choice: Verdict } | undefined,
) {
  // Empty for a few seconds after voting has closed, until the votes are counted.
  const frozen = await loadFrozenTallies(db, ballot.issue_id);
  const { past_at } = await db
    .selectFrom('issues')
    .select('past_at')
    .where('id', '=', ballot.issue_id)
    .executeTakeFirstOrThrow();
  const isCounted =
    !requested || (requested.tool.choice === requested.choice && requested.tool.state === 'counted');
  return (
    <div className="sheet narrow">
      <h1>Voting is over</h1>
      {isCounted ? null : (
        <p className="notice" role="status">
          {past_at
            ? 'It’s too late to vote on this issue. Who voted how is no longer stored; if your vote was counted, it is part of this result.'
            : `${VERDICT_WORDS[requested.choice]} ${requested.tool.name} isn’t one of your counted votes, and it’s too late to add it.`}
        </p>
      )}
      <ReaderResult
        issueNumber={ballot.number}
        pairs={pairsOf(ballot)}
        tallies={frozen.length > 0 ? frozen : await recentTallies(db, ballot.issue_id)}
        hasChoices={past_at === null}
      />
      <p>
        <a href={`/issues/${ballot.week}`}>Back to issue {ballot.number}</a>
      </p>
    </div>
  );
}

function pairsOf({ comparisons, tools }: ReaderBallot) {
  const toolOf = new Map(tools.map((tool) => [tool.slug, tool]));
  const pairs = comparisons.map(({ headline, slugs }) => ({
    name: headline,
    tools: slugs.flatMap((slug) => toolOf.get(slug) ?? []),
  }));
  return pairs.filter((pair) => pair.tools.some(({ is_theirs, choice }) => is_theirs || choice));
}
