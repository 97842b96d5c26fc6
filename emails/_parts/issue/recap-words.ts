import type { RecapContent } from '../content/content.ts';

const MAX_NAMES = 3;

/** What happened, in one or two paragraphs. */
export function notesOf({ votes, voters, held, too_close, widest_gap }: RecapContent): string[] {
  const from = voters === 0 ? '' : ` from ${countOf(voters, 'reader')}`;
  const aside =
    held === 0
      ? ''
      : ` Another ${held.toLocaleString('en')} ${held === 1 ? 'was' : 'were'} set aside: we couldn’t confirm that a person cast ${held === 1 ? 'it' : 'them'}, or the editors decided so.`;
  const counted = `${countOf(votes, 'vote')}${from}.${aside}`;
  return [
    widest_gap ? `${counted} ${widest_gap}` : counted,
    ...(too_close.length > 0 ? [`Too close to call: ${nameFirst(too_close)}.`] : []),
  ];
}

function nameFirst(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join('; ');
}

function countOf(count: number, name: string): string {
  return `${count.toLocaleString('en')} ${name}${count === 1 ? '' : 's'}`;
}
