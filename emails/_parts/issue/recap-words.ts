import type { RecapContent } from '../content/content.ts';

/** The recap in one line, for the top of the mail. */
export function openingOf({ when, votes, voters, widest_gap }: RecapContent): string {
  const count = `${when[0]?.toUpperCase()}${when.slice(1)} ${countOf(voters, 'reader')} cast ${countOf(votes, 'vote')}.`;
  return widest_gap ? `${count} ${widest_gap}` : count;
}

const MAX_NAMES = 3;

/** Counted and held votes, and comparisons too close to call; the rest is in the opening line. */
export function notesOf({ votes, voters, held, too_close }: RecapContent): string[] {
  const counted = `${countOf(votes, 'vote')} by ${countOf(voters, 'reader')} of this newsletter, self-selected. The panel is counted separately.`;
  return [
    held > 0 ? `${counted} Another ${held} held back: not shown to be a person’s.` : counted,
    ...(too_close.length > 0 ? [`Too close to call: ${nameFirst(too_close)}.`] : []),
  ];
}

function nameFirst(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

function countOf(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`;
}
