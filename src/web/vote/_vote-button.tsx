import type { CastWay, Verdict } from '../../database/schema.ts';
import type { VoteGesture } from '../../votes/ballot/vote-gesture.ts';

export const VERDICT_WORDS: Record<Verdict, string> = { ship: 'Ship', skip: 'Skip' };

/** What goes with every vote of a page. */
export interface Ticket {
  token: string;
  /** When the page was rendered, signed. */
  page: string;
}

interface VoteButtonProps {
  ticket: Ticket;
  tool: { slug: string; name: string };
  choice: Verdict;
  way: CastWay;
  isBig?: boolean;
  prefix?: string;
  /** How the page's script may press it. */
  gesture?: VoteGesture | undefined;
}

/** A form of one button: the only thing that votes. */
export function VoteButton({
  ticket,
  tool,
  choice,
  way,
  isBig = false,
  prefix = '',
  gesture,
}: VoteButtonProps) {
  return (
    <form
      method="post"
      action={`/v/${ticket.token}/${tool.slug}/${choice}`}
      className={isBig ? 'grow' : undefined}
      data-gesture={gesture}
    >
      <input type="hidden" name="page" value={ticket.page} />
      <input type="hidden" name="way" value={way} />
      <input type="hidden" name="hand" value="" />
      <button
        type="submit"
        className={`${choice === 'skip' ? 'skip-it' : ''} ${isBig ? 'big' : ''}`.trim() || undefined}
        aria-label={`${prefix}${VERDICT_WORDS[choice]} ${tool.name}`}
      >
        {prefix}
        {VERDICT_WORDS[choice]}
        {isBig ? ` ${tool.name}` : ''}
      </button>
    </form>
  );
}
