import type { CrowdTool } from '../../database/schema.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { type Crowd, describeCrowd } from '../../votes/moderate/list-crowds.ts';
import { totalOf, wholePercent } from '../../votes/tally/tally.ts';
import { DecisionForm } from './_decision-form.tsx';

const MAX_ODDS = 1e9;

interface CrowdsProps {
  issue: Issue;
  crowds: readonly Crowd[];
  /** The result is frozen: nothing can be decided any more. */
  isFrozen: boolean;
}

/**
 * The groups of new readers whose votes are held together, each with the evidence that one person is behind it, and
 * buttons to decide about the whole group.
 */
export function Crowds({ issue, crowds, isFrozen }: CrowdsProps) {
  return crowds.length === 0 ? null : (
    <section aria-labelledby="crowds" className="crowds">
      <h3 id="crowds">New readers of one origin who vote one-sidedly</h3>
      <p>
        Their votes are held as a group, because nobody can see from a single click whether one person or many
        are behind it.
        {isFrozen
          ? ''
          : ' Release a group if you know that they are people, such as a class or a new customer’s staff.'}
      </p>
      {crowds.map((crowd) => (
        <article key={crowd.name} aria-label={describeCrowd(crowd)}>
          <h4>{describeCrowd(crowd)}</h4>
          <ul>
            {describeEvidence(crowd).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          {crowd.decision ? (
            <p>
              {crowd.decision === 'release'
                ? 'Released: their votes count.'
                : 'Voided: their votes do not count.'}
            </p>
          ) : null}
          {crowd.decision !== 'release' && crowd.released > 0 ? (
            <p>
              {crowd.released} of them {crowd.released === 1 ? 'is' : 'are'} in a released group too, so that
              their votes count whatever you decide here.
            </p>
          ) : null}
          {isFrozen ? null : (
            <DecisionForm week={issue.week} name={describeCrowd(crowd)} group={{ crowd: crowd.name }} />
          )}
        </article>
      ))}
    </section>
  );
}

/** What a person needs in order to decide, line by line. */
function describeEvidence(crowd: Crowd): string[] {
  const { voters, alike, readers, joined_from, joined_to, voted_from, voted_to, domains, tools } = crowd;
  const addresses = domains.map(({ domain, readers: count }) => `${count} at ${domain}`).join(', ');
  return [
    ...(joined_from && joined_to
      ? [
          `${readers} joined from there, from ${minuteOf(joined_from)} to ${minuteOf(joined_to)}: ${addresses}`,
        ]
      : []),
    ...(voted_from && voted_to ? [`voted from ${minuteOf(voted_from)} to ${minuteOf(voted_to)}`] : []),
    ...(alike === null ? [] : [`${alike} of ${voters} voted exactly alike`]),
    ...tools.slice(0, 3).map(describeTool),
  ];
}

function describeTool({ tool_slug, ship, skip, others_ship, others_skip, chance }: CrowdTool): string {
  const others = { ship: others_ship, skip: others_skip };
  const theirs =
    totalOf(others) === 0 ? 'nobody else voted' : `of ${totalOf(others)} others ${wholePercent(others)}%`;
  return `${tool_slug}: ${wholePercent({ ship, skip })}% of ${ship + skip} said Ship, ${theirs}; likely to happen by chance: ${describeChance(chance)}`;
}

function describeChance(chance: number): string {
  if (chance >= 0.01) {
    return `${Math.round(100 * chance)}%`;
  }
  const times = Number(Math.min(MAX_ODDS, 1 / chance).toPrecision(1));
  return `${1 / chance > MAX_ODDS ? 'less than ' : ''}once in ${times.toLocaleString('en-US')}`;
}

const minuteOf = (time: Date) => `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
