import type { CastWay, Verdict } from '../../database/schema.ts';
import type { VoteGesture } from '../../votes/ballot/vote-gesture.ts';

/** In this order for every tool, reader and week. */
export const CHOICES: readonly Verdict[] = ['ship', 'skip'];
export const VERDICT_WORDS: Record<Verdict, string> = { ship: 'Ship', skip: 'Skip' };

/** The signed values in every vote form of a page. */
export interface FormTokens {
  /** The token of the vote link. */
  token: string;
  /** The signed render time of the page. */
  page: string;
}

interface VoteButtonProps {
  tokens: FormTokens;
  tool: { slug: string; name: string };
  choice: Verdict;
  way: CastWay;
  prefix?: string;
  /** When the page's script may submit the form by itself. */
  gesture?: VoteGesture | undefined;
}

/** A form with one button; votes are cast only by submitting such a form. Both choices look the same. */
export function VoteButton({ tokens, tool, choice, way, prefix = '', gesture }: VoteButtonProps) {
  return (
    <form method="post" action={`/v/${tokens.token}/${tool.slug}/${choice}`} data-gesture={gesture}>
      <input type="hidden" name="page" value={tokens.page} />
      <input type="hidden" name="way" value={way} />
      <input type="hidden" name="hand" value="" />
      <button type="submit" className="choice" aria-label={`${prefix}${VERDICT_WORDS[choice]} ${tool.name}`}>
        {prefix}
        {choice === 'ship' ? '✓ Ship' : '✕ Skip'}
      </button>
    </form>
  );
}
