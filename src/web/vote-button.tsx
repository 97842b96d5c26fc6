import type { Verdict } from '../schema.ts';

export const VERDICT_WORDS: Record<Verdict, string> = { ship: 'Ship', skip: 'Skip' };

interface VoteButtonProps {
  token: string;
  tool: { slug: string; name: string };
  choice: Verdict;
  isBig?: boolean;
  prefix?: string;
}

/** A form of one button: the only thing that votes. */
export function VoteButton({ token, tool, choice, isBig = false, prefix = '' }: VoteButtonProps) {
  return (
    <form method="post" action={`/v/${token}/${tool.slug}/${choice}`} className={isBig ? 'grow' : undefined}>
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
