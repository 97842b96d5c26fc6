import type { ComparisonContent, IssueContent } from '../content/content.ts';

/** What a vote means, how to cast it, and until when, unless the invitation has said it. */
export function voteNote(content: IssueContent): string {
  const end = hasNoFigures(content.lead) ? 'voting ends' : content.votes_until;
  return `Ship if you would use it, Skip if you wouldn’t. One click casts your vote, and you can change it until ${end}.`;
}

/** What `community` contains while there are too few votes. */
export const NO_FIGURE = '—';

/** Whether there are no readers' figures on either tool. */
export function hasNoFigures({ tools }: ComparisonContent): boolean {
  return tools.every(({ community }) => community === NO_FIGURE);
}

/** In place of the readers' figures while there are none. */
export function invitation({ votes_until }: IssueContent): string {
  return `Be the first: voting ends ${votes_until}`;
}

/** What a reader with categories does not get; undefined in the whole issue. */
export function leftOutNote({ left_out }: IssueContent): string | undefined {
  return left_out
    ? `This issue has ${left_out} more ${left_out === 1 ? 'comparison' : 'comparisons'} outside your categories.`
    : undefined;
}

export const LEFT_OUT_LINKS = { all: 'See the whole issue', choose: 'Change your categories' } as const;
