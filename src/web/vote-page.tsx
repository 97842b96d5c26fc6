import type { Context } from '../context.ts';
import { readVote } from '../links.ts';
import type { Verdict } from '../schema.ts';
import { maskAddress } from '../subscribers/mask-address.ts';
import { noteEngagement } from '../subscribers/note-engagement.ts';
import { findBallot, type OpenBallot } from '../votes/ballot.ts';
import { castVote } from '../votes/cast.ts';
import { loadTallies } from '../votes/load-tallies.ts';
import { describeCommunity } from '../votes/tally.ts';
import { VerdictChip } from './comparison-view.tsx';
import { type PageContext, showPage } from './page.tsx';
import { VERDICT_WORDS, VoteButton } from './vote-button.tsx';

const CHOICES: readonly Verdict[] = ['ship', 'skip'];

/** Shows the choice; a GET never votes, since mail scanners open every link. */
export async function votePage(c: PageContext) {
  const found = await findRequest(c);
  if (!found) {
    return c.notFound();
  }
  const { ballot, tool, choice } = found;
  if (ballot.is_closed) {
    return showPage(c, { title: 'Voting is over', children: await closedState(c.get('context'), ballot) });
  }
  if (!ballot.is_eligible) {
    return showPage(c, { title: 'Not your ballot', children: <NotEligible ballot={ballot} /> });
  }
  const token = c.req.param('token') ?? '';
  const title =
    tool && choice && tool.choice === choice ? `Counted: ${VERDICT_WORDS[choice]} ${tool.name}` : 'Your vote';
  return showPage(c, {
    title,
    children: <Ballot ballot={ballot} token={token} tool={tool} choice={choice} />,
  });
}

/** Casts the vote; the page it leads to says that it is counted. Again, or back and again, changes nothing more. */
export async function castVoteAction(c: PageContext) {
  const found = await findRequest(c);
  if (!found?.tool || !found.choice) {
    return c.notFound();
  }
  const { ballot, tool, choice, ids } = found;
  if (!ballot.is_closed && ballot.is_eligible) {
    const { db, now } = c.get('context');
    await castVote(c.get('context'), ids, tool.slug, choice);
    await noteEngagement(db, ids.subscriber_id, now());
  }
  return c.redirect(new URL(c.req.url).pathname, 303);
}

async function findRequest(c: PageContext) {
  const { db, installation, linkKeys } = c.get('context');
  const ids = readVote(linkKeys, c.req.param('token') ?? '');
  const ballot = ids && (await findBallot(db, installation, ids));
  const slug = c.req.param('tool');
  const tool = ballot?.tools.find((candidate) => candidate.slug === slug);
  const named = c.req.param('choice');
  const choice: Verdict | undefined = named === 'ship' || named === 'skip' ? named : undefined;
  const isWhole = slug === undefined && named === undefined;
  return ids && ballot && (isWhole || (tool && choice)) ? { ids, ballot, tool, choice } : undefined;
}

interface BallotProps {
  ballot: OpenBallot;
  token: string;
  tool: OpenBallot['tools'][number] | undefined;
  choice: Verdict | undefined;
}

function Ballot({ ballot, token, tool, choice }: BallotProps) {
  const others = ballot.tools.filter((candidate) => candidate !== tool);
  return (
    <div className="narrow">
      <p className="kicker">
        Issue {ballot.number} · voting as {maskAddress(ballot.email)}
      </p>
      {tool && choice ? <Choice token={token} tool={tool} choice={choice} /> : <h1>Your ballot</h1>}
      <section className="sheet" aria-labelledby="rest">
        <h2 id="rest">{tool ? 'The rest of this week’s ballot' : 'Ship or skip?'}</h2>
        <ul className="ballot">
          {others.map((other) => (
            <li key={other.slug}>
              <span>
                <strong>{other.name}</strong>{' '}
                {other.choice ? (
                  <>
                    counted: <VerdictChip verdict={other.choice} />
                  </>
                ) : null}
              </span>
              <span className="buttons">
                {CHOICES.filter((choice) => choice !== other.choice).map((choice) => (
                  <VoteButton
                    key={choice}
                    token={token}
                    tool={other}
                    choice={choice}
                    prefix={other.choice ? 'Change to ' : ''}
                  />
                ))}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <p className="quiet">You can change a vote until voting closes. Results are shown then.</p>
    </div>
  );
}

function Choice({
  token,
  tool,
  choice,
}: {
  token: string;
  tool: OpenBallot['tools'][number];
  choice: Verdict;
}) {
  const opposite = choice === 'ship' ? 'skip' : 'ship';
  const isCounted = tool.choice === choice;
  return (
    <section className="sheet" aria-labelledby="choice">
      <h1 id="choice">
        {isCounted
          ? `Counted: ${VERDICT_WORDS[choice]} ${tool.name}`
          : `${VERDICT_WORDS[choice]} ${tool.name}?`}
      </h1>
      {isCounted ? (
        <p className="notice" role="status">
          Your vote is in. Changed your mind?
        </p>
      ) : (
        <p>
          {tool.choice ? `So far you said ${VERDICT_WORDS[tool.choice]}. ` : ''}One tap and it counts: links
          in mails are opened by scanners too, so only the button votes.
        </p>
      )}
      <div className="row">
        {isCounted ? null : <VoteButton token={token} tool={tool} choice={choice} isBig />}
        <VoteButton token={token} tool={tool} choice={opposite} prefix={isCounted ? 'Change it to ' : ''} />
      </div>
    </section>
  );
}

function NotEligible({ ballot }: { ballot: OpenBallot }) {
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

async function closedState({ db }: Context, ballot: OpenBallot) {
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
