import type { Verdict } from '../../database/schema.ts';
import type { BallotTool } from '../../votes/ballot/ballot.ts';
import type { VoteGesture } from '../../votes/ballot/vote-gesture.ts';
import { type Ticket, VERDICT_WORDS, VoteButton } from './_vote-button.tsx';

interface ChoiceProps {
  ticket: Ticket;
  tool: BallotTool;
  choice: Verdict;
  gesture: VoteGesture;
  /** What readers say so far; undefined until this one's vote counts. */
  soFar: string | undefined;
  /** While the vote is held: milliseconds until a tap would count; undefined when waiting does not help. */
  wait_ms: number | undefined;
}

/** What the link in the mail says, and what became of it. */
export function Choice({ ticket, tool, choice, gesture, soFar, wait_ms }: ChoiceProps) {
  const opposite = choice === 'ship' ? 'skip' : 'ship';
  const isCast = tool.choice === choice;
  const isCounted = isCast && tool.state === 'counted';
  return (
    <section className="sheet" aria-labelledby="choice">
      <h1 id="choice">{titleOf(tool, choice)}</h1>
      <ChoiceNote tool={tool} isCast={isCast} isCounted={isCounted} wait_ms={wait_ms} />
      {soFar ? <p>Readers so far: {soFar}</p> : null}
      <div className="row">
        {isCounted ? null : (
          // What is held is never sent again by itself, and what counts is never changed by itself: the page may have
          // been reloaded, gone back to, or opened by a friend the mail was passed on to.
          <VoteButton
            ticket={ticket}
            tool={tool}
            choice={choice}
            way="button"
            isBig
            gesture={isCast || tool.state === 'counted' ? 'press' : gesture}
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

interface ChoiceNoteProps extends Pick<ChoiceProps, 'tool' | 'wait_ms'> {
  isCast: boolean;
  isCounted: boolean;
}

function ChoiceNote({ tool, isCast, isCounted, wait_ms }: ChoiceNoteProps) {
  if (isCounted) {
    return (
      <p className="notice" role="status">
        Your vote is in. Changed your mind?
      </p>
    );
  }
  if (isCast) {
    return (
      <p className="notice" role="status">
        We have it, and hold it: it came just as mail scanners vote. {describeRemedy(wait_ms)}
      </p>
    );
  }
  return tool.choice && tool.state === 'counted' ? (
    <p>You said {VERDICT_WORDS[tool.choice]}, and so it stays unless you press the button.</p>
  ) : (
    <p>Links in mails are opened by scanners too, so it counts once a person is here.</p>
  );
}

function describeRemedy(wait_ms: number | undefined): string {
  if (wait_ms === undefined) {
    return 'It is kept, and looked at again when voting closes.';
  }
  const seconds = Math.ceil(wait_ms / 1_000);
  if (seconds <= 0) {
    return 'Tap once more and it counts.';
  }
  const minutes = Math.ceil(seconds / 60);
  const time =
    seconds < 60
      ? `${seconds} second${seconds === 1 ? '' : 's'}`
      : `${minutes} minute${minutes === 1 ? '' : 's'}`;
  return `Tap once more in ${time}, not before, and it counts.`;
}

export function titleOf(tool: BallotTool, choice: Verdict): string {
  const words = `${VERDICT_WORDS[choice]} ${tool.name}`;
  if (tool.choice !== choice) {
    return `${words}?`;
  }
  return tool.state === 'counted' ? `Counted: ${words}` : `Once more: ${words}`;
}
