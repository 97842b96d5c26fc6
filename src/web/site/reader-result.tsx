import type { Verdict } from '../../database/schema.ts';
import type { ToolTally } from '../../votes/tally/load-tallies.ts';
import { describeCommunity, isTooCloseToCall } from '../../votes/tally/tally.ts';
import { VerdictChip } from './comparison-view.tsx';

/** The two tools of a comparison, or a single tool. */
export interface ResultPair {
  name: string;
  tools: readonly {
    slug: string;
    name: string;
    choice?: Verdict | undefined;
    state?: 'counted' | 'held' | undefined;
  }[];
}

interface ReaderResultProps {
  issueNumber: number;
  pairs: readonly ResultPair[];
  tallies: readonly ToolTally[];
  /** Adds a column with the reader's own votes. */
  hasChoices?: boolean;
}

/** The frozen result of an issue, who voted, and how many votes were held. */
export function ReaderResult({ issueNumber, pairs, tallies, hasChoices = false }: ReaderResultProps) {
  const tallyOf = new Map(tallies.map((tally) => [tally.tool_slug, tally]));
  const held = pairs
    .flatMap(({ tools }) => tools)
    .reduce((sum, { slug }) => sum + (tallyOf.get(slug)?.held ?? 0), 0);
  const close = pairs.filter(({ tools: [a, b] }) =>
    isTooCloseToCall(a && tallyOf.get(a.slug), b && tallyOf.get(b.slug)),
  );
  return (
    <>
      <table className="even">
        <caption>What readers of issue {issueNumber} said: newsletter readers, self-selected</caption>
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Readers</th>
            {hasChoices ? <th scope="col">You</th> : null}
          </tr>
        </thead>
        <tbody>
          {pairs.flatMap(({ tools }) =>
            tools.map((tool) => (
              <tr key={tool.slug}>
                <th scope="row">{tool.name}</th>
                <td>{describeCommunity(tallyOf.get(tool.slug))}</td>
                {hasChoices ? (
                  <td>{tool.choice ? <OwnVote choice={tool.choice} state={tool.state} /> : '—'}</td>
                ) : null}
              </tr>
            )),
          )}
        </tbody>
      </table>
      {close.length > 0 ? (
        <p>
          Too close to call: {close.map(({ name }) => name).join('; ')}. The difference is no larger than
          chance explains, even for readers who voted on both.
        </p>
      ) : null}
      {held > 0 ? (
        <p className="quiet">
          {held === 1 ? '1 more vote is' : `${held} more votes are`} held and not counted, because we couldn’t
          confirm that a person cast {held === 1 ? 'it' : 'them'} or because the editors set{' '}
          {held === 1 ? 'it' : 'them'} aside.
        </p>
      ) : null}
    </>
  );
}

function OwnVote({ choice, state }: { choice: Verdict; state: 'counted' | 'held' | undefined }) {
  return (
    <>
      <VerdictChip verdict={choice} />
      {state === 'held' ? ' held, not counted' : ''}
    </>
  );
}
