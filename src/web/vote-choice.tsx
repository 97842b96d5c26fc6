import type { Verdict } from '../schema.ts';
import type { BallotTool } from '../votes/ballot.ts';
import type { Offer } from '../votes/offer.ts';
import { type Ticket, VERDICT_WORDS, VoteButton } from './vote-button.tsx';

interface ChoiceProps {
  ticket: Ticket;
  tool: BallotTool;
  choice: Verdict;
  offer: Offer;
  /** What readers say so far; undefined until this one's vote counts. */
  soFar: string | undefined;
}

/** What the link in the mail says, and what became of it. */
export function Choice({ ticket, tool, choice, offer, soFar }: ChoiceProps) {
  const opposite = choice === 'ship' ? 'skip' : 'ship';
  const isCast = tool.choice === choice;
  const isCounted = isCast && tool.state === 'counted';
  return (
    <section className="sheet" aria-labelledby="choice">
      <h1 id="choice">{titleOf(tool, choice)}</h1>
      <ChoiceNote tool={tool} isCast={isCast} isCounted={isCounted} />
      {soFar ? <p>Readers so far: {soFar}</p> : null}
      <div className="row">
        {isCounted ? null : (
          // A held vote is never sent again by itself.
          <VoteButton
            ticket={ticket}
            tool={tool}
            choice={choice}
            way="button"
            isBig
            offer={isCast ? 'on a tap' : offer}
          />
        )}
        <VoteButton
          ticket={ticket}
          tool={tool}
          choice={opposite}
          way="button"
          prefix={isCounted ? 'Change it to ' : ''}
        />
      </div>
    </section>
  );
}

function ChoiceNote({ tool, isCast, isCounted }: { tool: BallotTool; isCast: boolean; isCounted: boolean }) {
  if (isCounted) {
    return (
      <p className="notice" role="status">
        Your vote is in. Changed your mind?
      </p>
    );
  }
  return isCast ? (
    <p className="notice" role="status">
      We have it, and hold it: it came just as mail scanners vote. Tap once more and it counts.
    </p>
  ) : (
    <p>
      {tool.choice && tool.state === 'counted' ? `So far you said ${VERDICT_WORDS[tool.choice]}. ` : ''}
      Links in mails are opened by scanners too, so it counts once a person is here.
    </p>
  );
}

export function titleOf(tool: BallotTool, choice: Verdict): string {
  const words = `${VERDICT_WORDS[choice]} ${tool.name}`;
  if (tool.choice !== choice) {
    return `${words}?`;
  }
  return tool.state === 'counted' ? `Counted: ${words}` : `Once more: ${words}`;
}
