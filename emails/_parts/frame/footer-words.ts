import type { Imprint } from '../content/content.ts';

/** Why a reader gets the mail, and who the reviewers are. */
export function reasonOf({ panel_label }: Imprint): string {
  const reason =
    'You’re getting this once a week because you signed up for Weekly AI Tool Verdicts and confirmed your address.';
  return panel_label
    ? `${reason} Our reviewers, marked “${panel_label}”, are AI personas. Readers’ votes are counted separately.`
    : reason;
}

/** Text of the link that follows. */
export const SIGN_UP = 'Sign up for Weekly AI Tool Verdicts';

export function shareOf({ reads_replies }: Imprint): string {
  const share = 'Know someone who’d disagree? Send them this link:';
  return reads_replies ? `Think the panel got it wrong? Hit reply: a person will read it. ${share}` : share;
}
