import { type Ballot, readVote, signPage } from '../links.ts';
import type { Verdict } from '../schema.ts';
import { maskAddress } from '../subscribers/mask-address.ts';
import { type BallotTool, findBallot, type OpenBallot } from '../votes/ballot.ts';
import { noteOpen } from '../votes/note-open.ts';
import { type Offer, offerFor } from '../votes/offer.ts';
import { VerdictChip } from './comparison-view.tsx';
import { type PageContext, showPage } from './page.tsx';
import { isRemembered } from './remembered.ts';
import { type Ticket, VoteButton } from './vote-button.tsx';
import { Choice, titleOf } from './vote-choice.tsx';
import { VOTE_SCRIPT_PATH } from './vote-script.ts';
import { closedState, NotEligible } from './vote-states.tsx';

const CHOICES: readonly Verdict[] = ['ship', 'skip'];

/** Shows the choice; a GET never votes, since mail scanners open every link. */
export async function votePage(c: PageContext) {
  const context = c.get('context');
  const found = await findRequest(c);
  if (!found) {
    return c.notFound();
  }
  const { ballot, tool, choice, ids } = found;
  if (ballot.is_closed) {
    return showPage(c, { title: 'Voting is over', children: await closedState(context, ballot) });
  }
  if (!ballot.is_eligible) {
    return showPage(c, { title: 'Not your ballot', children: <NotEligible ballot={ballot} /> });
  }
  if (tool && choice) {
    await noteOpen(context, ids, tool.slug, choice);
  }
  const now = context.now();
  const ticket = { token: c.req.param('token') ?? '', page: signPage(context.linkKeys, ids, now) };
  const visit = { ...ballot, is_remembered: isRemembered(c, ids.subscriber_id) };
  const offer = offerFor(visit, now, context.config.judging);
  return showPage(c, {
    title: tool && choice ? titleOf(tool, choice) : 'Your ballot',
    children: <BallotState ballot={ballot} ticket={ticket} tool={tool} choice={choice} offer={offer} />,
    script: VOTE_SCRIPT_PATH,
  });
}

interface VoteRequest {
  ids: Ballot;
  ballot: OpenBallot;
  /** Both or neither: without them the link is to the whole ballot. */
  tool: BallotTool | undefined;
  choice: Verdict | undefined;
}

async function findRequest(c: PageContext): Promise<VoteRequest | undefined> {
  const context = c.get('context');
  const ids = readVote(context.linkKeys, c.req.param('token') ?? '');
  const ballot = ids && (await findBallot(context, ids));
  const slug = c.req.param('tool');
  const tool = ballot?.tools.find((candidate) => candidate.slug === slug);
  const choice = CHOICES.find((name) => name === c.req.param('choice'));
  return ids && ballot && (slug === undefined || (tool && choice))
    ? { ids, ballot, tool, choice }
    : undefined;
}

interface BallotProps {
  ballot: OpenBallot;
  ticket: Ticket;
  tool: BallotTool | undefined;
  choice: Verdict | undefined;
  offer: Offer;
}

function BallotState({ ballot, ticket, tool, choice, offer }: BallotProps) {
  const others = ballot.tools.filter((candidate) => candidate !== tool);
  return (
    <div className="narrow">
      <p className="kicker">
        Issue {ballot.number} · voting as {maskAddress(ballot.email)}
      </p>
      {tool && choice ? (
        <Choice ticket={ticket} tool={tool} choice={choice} offer={offer} />
      ) : (
        <h1>Your ballot</h1>
      )}
      <section className="sheet" aria-labelledby="rest">
        <h2 id="rest">{tool ? 'The rest of this week’s ballot' : 'Ship or skip?'}</h2>
        <ul className="ballot">
          {others.map((other) => (
            <BallotLine key={other.slug} ticket={ticket} tool={other} />
          ))}
        </ul>
      </section>
      <p className="quiet">You can change a vote until voting closes. Results are shown then.</p>
    </div>
  );
}

function BallotLine({ ticket, tool }: { ticket: Ticket; tool: BallotTool }) {
  const counted = tool.state === 'counted' ? tool.choice : undefined;
  return (
    <li>
      <span>
        <strong>{tool.name}</strong>{' '}
        {counted ? (
          <>
            counted: <VerdictChip verdict={counted} />
          </>
        ) : null}
      </span>
      <span className="buttons">
        {CHOICES.filter((choice) => choice !== counted).map((choice) => (
          <VoteButton
            key={choice}
            ticket={ticket}
            tool={tool}
            choice={choice}
            way="ballot"
            prefix={counted ? 'Change to ' : ''}
          />
        ))}
      </span>
    </li>
  );
}
