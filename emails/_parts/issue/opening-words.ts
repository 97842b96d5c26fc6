import type { ComparisonContent, IssueContent } from '../content/content.ts';

/** What a vote means, how to cast it, and until when; the invitation has said the day. */
export function voteNote(content: IssueContent): string {
  const end = isFirstVote(content.lead) ? 'voting ends' : content.votes_until;
  return `Ship if you would use it, Skip if you wouldn’t. One click casts your vote, and you can change it until ${end}.`;
}

/** What `community` contains while there are too few votes. */
export const NO_FIGURE = '—';

/** Whether readers have no figures on either tool. */
export function isFirstVote({ tools }: ComparisonContent): boolean {
  return tools.every(({ community }) => community === NO_FIGURE);
}

/** In place of the readers' figures while there are none. */
export function invitation({ votes_until }: IssueContent): string {
  return `Be the first: voting ends ${votes_until}`;
}
