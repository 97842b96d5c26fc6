import type { Verdict } from '../../database/schema.ts';
import type { BallotTool } from '../../votes/ballot/ballot.ts';
import type { VoteGesture } from '../../votes/ballot/vote-gesture.ts';
import { type FormTokens, VERDICT_WORDS, VoteButton } from './_vote-button.tsx';

interface ChoiceProps {
  tokens: FormTokens;
  tool: BallotTool;
  choice: Verdict;
  gesture: VoteGesture;
  /** The reader votes so far; undefined until this reader's vote counts. */
  communitySummary: string | undefined;
  /** If the vote is held: milliseconds until a tap would count; undefined if waiting does not help. */
  wait_ms: number | undefined;
}

/** The choice of the link in the mail, and the state of that vote. */
export function Choice({ tokens, tool, choice, gesture, communitySummary, wait_ms }: ChoiceProps) {
  const opposite = choice === 'ship' ? 'skip' : 'ship';
  const isCast = tool.choice === choice;
  const isCounted = isCast && tool.state === 'counted';
  return (
    <section className="sheet" aria-labelledby="choice">
      <h1 id="choice">{titleOf(tool, choice)}</h1>
      <ChoiceNote tool={tool} isCast={isCast} isCounted={isCounted} wait_ms={wait_ms} />
      {communitySummary ? <p>Readers so far: {communitySummary}</p> : null}
      <div className="row">
        {isCounted ? null : (
          // The script never submits a held vote again and never changes a counted vote: the page may have been
          // reloaded, reached with the back button, or opened by someone to whom the mail was forwarded.
          <VoteButton
            tokens={tokens}
            tool={tool}
            choice={choice}
            way="button"
            isBig
            gesture={isCast || tool.state === 'counted' ? 'press' : gesture}
          />
        )}
        <VoteButton
          tokens={tokens}
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
