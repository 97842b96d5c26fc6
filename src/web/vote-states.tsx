import type { Context } from '../context.ts';
import type { OpenBallot } from '../votes/ballot.ts';
import { loadTallies } from '../votes/load-tallies.ts';
import { ReaderResult } from './reader-result.tsx';

export function NotEligible({ ballot }: { ballot: OpenBallot }) {
  return (
    <div className="sheet narrow">
      <h1>This issue was not sent to you</h1>
      <p>
        Votes on issue {ballot.number} come from readers who had confirmed before it went out. You can vote
        from the next issue that reaches you.
      </p>
      <p>
        <a href={`/issues/${ballot.week}`}>Read the issue</a>
      </p>
    </div>
  );
}

export async function closedState({ db }: Context, ballot: OpenBallot) {
  return (
    <div className="sheet narrow">
      <h1>Voting is over</h1>
      <ReaderResult
        issueNumber={ballot.number}
        pairs={pairsOf(ballot)}
        tallies={await loadTallies(db, ballot.issue_id)}
        hasChoices
      />
      <p>
        <a href={`/issues/${ballot.week}`}>Read the issue again</a>
      </p>
    </div>
  );
}

function pairsOf({ comparisons, tools }: OpenBallot) {
  const toolOf = new Map(tools.map((tool) => [tool.slug, tool]));
  return comparisons.map(({ headline, slugs }) => ({
    name: headline,
    tools: slugs.flatMap((slug) => toolOf.get(slug) ?? []),
  }));
}
