import type { Verdict } from '../../database/schema.ts';
import type { BallotTool } from '../../votes/ballot/ballot.ts';
import type { VoteGesture } from '../../votes/ballot/vote-gesture.ts';
import { describeReason, isUpToStaff } from '../../votes/judge/reason.ts';
import { CHOICES, type FormTokens, VERDICT_WORDS, VoteButton } from './_vote-button.tsx';

interface ChoiceProps {
  tokens: FormTokens;
  tool: BallotTool;
  choice: Verdict;
  gesture: VoteGesture;
  /** The reader votes so far; undefined until this reader's vote counts. */
  communitySummary: string | undefined;
  /** The last cast of this choice does not count; another choice may. */
  isHeld: boolean;
  /** If it is held: milliseconds until a tap would count; undefined if waiting does not help. */
  wait_ms: number | undefined;
}

/** The choice of the link in the mail, and the state of that vote. */
export function Choice(props: ChoiceProps) {
  const { tokens, tool, choice, gesture, communitySummary, isHeld, wait_ms } = props;
  const isCounted = tool.choice === choice && tool.state === 'counted';
  const isCast = isCounted || isHeld;
  const offered = isCounted ? CHOICES.filter((other) => other !== choice) : CHOICES;
  return (
    <section className="sheet" aria-labelledby="choice">
      <h1 id="choice">{titleOf(tool, choice)}</h1>
      <ChoiceNote {...{ tool, isHeld, isCounted, wait_ms }} />
      {communitySummary ? <p>Readers so far: {communitySummary}</p> : null}
      <div className="choices">
        {offered.map((one) => (
          // The script only submits the choice of the link. It never submits a held vote again and never changes a counted
          // vote: the page may have been reloaded, reached with the back button, or opened by someone to whom the mail was
          // forwarded.
          <VoteButton
            key={one}
            tokens={tokens}
            tool={tool}
            choice={one}
            way="button"
            prefix={isCounted ? 'Change it to ' : ''}
            gesture={one === choice ? (isCast || tool.state === 'counted' ? 'press' : gesture) : undefined}
          />
        ))}
      </div>
    </section>
  );
}

interface ChoiceNoteProps extends Pick<ChoiceProps, 'tool' | 'isHeld' | 'wait_ms'> {
  isCounted: boolean;
}

function ChoiceNote({ tool, isHeld, isCounted, wait_ms }: ChoiceNoteProps) {
  if (isCounted) {
    return (
      <p className="notice" role="status">
        Your vote is in. Changed your mind?
      </p>
    );
  }
  if (isHeld && tool.choice && tool.state === 'counted') {
    return (
      <p className="notice" role="status">
        Your {VERDICT_WORDS[tool.choice]} still counts: only a press that is clearly yours changes it.{' '}
        {describeRemedy(wait_ms)}
      </p>
    );
  }
  if (isHeld || (tool.state === 'held' && isUpToStaff(tool.reason))) {
    return (
      <p className="notice" role="status">
        We have your vote, but it isn’t counted{tool.reason === 'voided by staff' ? '' : ' yet'}:{' '}
        {describeReason(tool.reason)} {isUpToStaff(tool.reason) ? null : describeRemedy(wait_ms)}
      </p>
    );
  }
  return tool.choice && tool.state === 'counted' ? (
    <p>You said {VERDICT_WORDS[tool.choice]}. That stays your vote unless you change it here.</p>
  ) : (
    <p>Mail scanners open links too, so press a button to make it count.</p>
  );
}

function describeRemedy(wait_ms: number | undefined): string {
  if (wait_ms === undefined) {
    return 'We’ll look at it again when voting closes.';
  }
  const seconds = Math.ceil(wait_ms / 1_000);
  if (seconds <= 0) {
    return 'Press once more and it counts.';
  }
  const minutes = Math.ceil(seconds / 60);
  const time =
    seconds < 60
      ? withUnit(seconds, 'second')
      : minutes < 120
        ? withUnit(minutes, 'minute')
        : withUnit(Math.ceil(minutes / 60), 'hour');
  return `Press once more in ${time} (no sooner) and it counts.`;
}

function withUnit(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

export function titleOf(tool: BallotTool, choice: Verdict): string {
  const words = `${VERDICT_WORDS[choice]} ${tool.name}`;
  if (tool.choice !== choice) {
    return `${words}?`;
  }
  if (tool.state === 'counted') {
    return `Counted: ${words}`;
  }
  const states: Record<string, string> = { 'one origin': 'Waiting', 'voided by staff': 'Set aside' };
  return `${states[tool.reason ?? ''] ?? 'One more press'}: ${words}`;
}
