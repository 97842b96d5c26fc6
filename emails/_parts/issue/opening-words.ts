import { fits } from '../text/columns.ts';
import type { IssueContent } from '../content/content.ts';

const MAX_COLUMNS = 260;

/** The table of contents in one line; undefined for an issue of one comparison. */
export function contentsOf({ lead, more }: IssueContent): string | undefined {
  const names = more.map(({ headline }) => headline).join(', ');
  const whole = `In this issue: ${lead.headline} in depth; ${names} in short.`;
  const brief = `In this issue: one comparison in depth, ${more.length} in short.`;
  return more.length > 0 ? (fits(whole, MAX_COLUMNS) ? whole : brief) : undefined;
}

/** What a vote means, how to cast it, and until when. */
export function voteNote({ votes_until }: IssueContent): string {
  return `Ship means that you would use it, Skip that you would not. One click is a vote; you can change it until ${votes_until}, and the next issue opens with the result.`;
}
