import type { Context } from '../../context.ts';
import type { Issue } from '../../issues/record/issue.ts';
import { type HeldGroup, listHeld } from '../../votes/moderate/list-held.ts';
import { loadTallies, type ToolTally } from '../../votes/tally/load-tallies.ts';
import { describeCommunity } from '../../votes/tally/tally.ts';

const MAX_LISTED = 20;

interface Voting {
  tallies: ToolTally[];
  held: HeldGroup[];
}

/** Undefined until the issue has been sent. */
export async function loadVoting({ db }: Context, issue: Issue): Promise<Voting | undefined> {
  return issue.prepared_at
    ? { tallies: await loadTallies(db, issue.id), held: await listHeld(db, issue.id) }
    : undefined;
}

/** The counts so far, and the groups of held votes with buttons to release or void each. */
export function Votes({ issue, voting }: { issue: Issue; voting: Voting | undefined }) {
  if (!voting || voting.tallies.length === 0) {
    return null;
  }
  const isFrozen = voting.tallies.some(({ is_frozen }) => is_frozen);
  return (
    <section className="sheet" aria-labelledby="votes">
      <h2 id="votes">{isFrozen ? 'Final votes (frozen)' : 'Votes so far'}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Ship</th>
            <th scope="col">Skip</th>
            <th scope="col">Held</th>
            <th scope="col">Shown as</th>
          </tr>
        </thead>
        <tbody>
          {voting.tallies.map((tally) => (
            <tr key={tally.tool_slug}>
              <th scope="row">{tally.tool_slug}</th>
              <td>{tally.ship}</td>
              <td>{tally.skip}</td>
              <td>{tally.held}</td>
              <td>{describeCommunity(tally)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {voting.held.length > 0 && !isFrozen ? <Held issue={issue} voting={voting} /> : null}
    </section>
  );
}

function Held({ issue, voting: { held, tallies } }: { issue: Issue; voting: Voting }) {
  return (
    <details>
      <summary>
        {held.length > MAX_LISTED
          ? `The ${MAX_LISTED} largest groups of held votes (all: verdicts votes held ${issue.week})`
          : 'Held votes, by reason, tool and mail host'}
      </summary>
      <ul className="ballot">
        {held.slice(0, MAX_LISTED).map((group) => (
          <HeldLine
            key={`${group.reason} ${group.tool_slug} ${group.mail_host}`}
            issue={issue}
            group={group}
            tally={tallies.find(({ tool_slug }) => tool_slug === group.tool_slug)}
          />
        ))}
      </ul>
    </details>
  );
}

interface HeldLineProps {
  issue: Issue;
  group: HeldGroup;
  tally: ToolTally | undefined;
}

function HeldLine({ issue, group, tally }: HeldLineProps) {
  const { reason, tool_slug, mail_host, mail_class, ship, skip } = group;
  const name = `${reason}, ${tool_slug}, ${mail_host ?? 'unknown host'}`;
  return (
    <li>
      <span>
        <strong>{reason}</strong>: {tool_slug}, {ship} ship, {skip} skip
        <br />
        <span className="quiet">
          {mail_host ?? 'unknown mail host'} ({mail_class}). Shown now: {describeCommunity(tally)}; with
          these: {describeCommunity({ ship: (tally?.ship ?? 0) + ship, skip: (tally?.skip ?? 0) + skip })}
        </span>
      </span>
      <form method="post" action={`/studio/issues/${issue.week}/release-votes`} className="buttons">
        <input type="hidden" name="reason" value={reason} />
        <input type="hidden" name="tool" value={tool_slug} />
        <input type="hidden" name="mail_host" value={mail_host ?? ''} />
        <input name="why" required aria-label={`Why, for ${name}`} placeholder="Why" />
        <button type="submit" className="plain" aria-label={`Release: ${name}`}>
          Release
        </button>
        <button
          type="submit"
          className="plain"
          formAction={`/studio/issues/${issue.week}/void-votes`}
          aria-label={`Void: ${name}`}
        >
          Void
        </button>
      </form>
    </li>
  );
}
