import type { StoredChoice } from './issue.ts';

export type Suggestions = Pick<StoredChoice, 'subjects' | 'preheaders'>;

/**
 * Whether an edited subject or preheader is one of those that were generated for the issue, from which staff can choose: its names and
 * scores are as true as what it was made from.
 */
export function isSuggestion({ subjects, preheaders }: Suggestions, field: string, text: string): boolean {
  const made = field === 'subject' ? subjects : field === 'preheader' ? preheaders : undefined;
  return made?.some((candidate) => candidate.text === text) ?? false;
}
