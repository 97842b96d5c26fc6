import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface StillWantThisProps {
  stay_url: string;
  /** Consecutive issues without a counted vote or other engagement. */
  inactive_issues: number;
  /** Number of issues still sent before we stop. */
  remaining_issues: number;
  unsubscribe_url: string;
  imprint: Imprint;
}

/** Sent once to a reader without engagement for half a year; without an answer we stop after a few more issues. */
export function stillWantThis({
  stay_url,
  inactive_issues,
  remaining_issues,
  unsubscribe_url,
  imprint,
}: StillWantThisProps): Letter {
  return {
    subject: 'Do you still want Weekly AI Tool Verdicts?',
    preheader: `You haven’t voted in ${inactive_issues === 1 ? 'our last issue' : `${inactive_issues} issues`}. One click keeps it coming. Do nothing, and it stops.`,
    heading: 'Should we keep sending it?',
    blocks: [
      `You haven’t voted in our last ${issues(inactive_issues)}. Maybe you read without voting, and that’s fine: click once and the issues keep coming.`,
      { kind: 'button', link: { text: 'Yes, keep it coming', url: stay_url } },
      `If we don’t hear from you, you’ll get the next ${issues(remaining_issues)} and then we’ll stop. We’d rather send this only to people who want it. A vote in ${remaining_issues === 1 ? 'that issue' : 'one of those issues'}, or any change to your preferences, counts as a yes too.`,
    ],
    reason:
      'You’re getting this because you signed up for Weekly AI Tool Verdicts and confirmed your address.',
    links: [{ text: 'Unsubscribe', url: unsubscribe_url }],
    imprint,
  };
}

/** After "the last" or "the next". */
function issues(count: number): string {
  return count === 1 ? 'issue' : `${count} issues`;
}

export default function StillWantThis(props: StillWantThisProps) {
  return <LetterMail letter={stillWantThis(props)} />;
}

StillWantThis.PreviewProps = {
  stay_url: 'http://localhost:3000/stay/sample',
  inactive_issues: 26,
  remaining_issues: 2,
  unsubscribe_url: 'http://localhost:3000/unsubscribe/sample',
  imprint: sampleImprint,
} satisfies StillWantThisProps;
