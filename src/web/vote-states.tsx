import type { Context } from '../context.ts';
import type { OpenBallot } from '../votes/ballot.ts';
import { loadTallies } from '../votes/load-tallies.ts';
import { describeCommunity } from '../votes/tally.ts';
import { VerdictChip } from './comparison-view.tsx';

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
  const tallies = new Map((await loadTallies(db, ballot.issue_id)).map((tally) => [tally.tool_slug, tally]));
  return (
    <div className="sheet narrow">
      <h1>Voting is over</h1>
      <table>
        <caption>What readers of issue {ballot.number} said: newsletter readers, self-selected</caption>
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Readers</th>
            <th scope="col">You</th>
          </tr>
        </thead>
        <tbody>
          {ballot.tools.map((tool) => (
            <tr key={tool.slug}>
              <th scope="row">{tool.name}</th>
              <td>{describeCommunity(tallies.get(tool.slug))}</td>
              <td>{tool.choice ? <VerdictChip verdict={tool.choice} /> : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>
        <a href={`/issues/${ballot.week}`}>Read the issue again</a>
      </p>
    </div>
  );
}
