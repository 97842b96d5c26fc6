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
    preheader: `No vote of yours in ${inactive_issues} issues. One click keeps it coming, doing nothing ends it.`,
    heading: 'Shall we keep sending it?',
    blocks: [
      `Our last ${inactive_issues} issues saw no vote from you. Perhaps you read without voting, and that is fine: say so once and nothing changes.`,
      { kind: 'button', link: { text: 'Yes, keep it coming', url: stay_url } },
      `If we hear nothing, the next ${remaining_issues} issues still come and then we stop. We would rather send to people who want it. A vote in one of them, or any change of your preferences, is a yes too.`,
    ],
    reason: 'You get this because you asked for Weekly AI Tool Verdicts and confirmed it.',
    links: [{ text: 'Unsubscribe with one click', url: unsubscribe_url }],
    imprint,
  };
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
