import type { Imprint } from './_parts/content/content.ts';
import { type Letter, panelPhrase } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface ConfirmationProps {
  confirm_url: string;
  imprint: Imprint;
}

/** Sent after a sign-up; until its button is pressed, only one reminder is sent to the address. */
export function confirmation({ confirm_url, imprint }: ConfirmationProps): Letter {
  return {
    subject: 'Please confirm: Weekly AI Tool Verdicts',
    preheader: 'One click and the next issue is yours. Until you confirm, we send only one reminder.',
    heading: 'Confirm your subscription',
    blocks: [
      `Someone, most likely you, asked us to send Weekly AI Tool Verdicts to this address. Once a week it puts two AI tools side by side: what ${panelPhrase(imprint)} thinks of them, and how readers vote.`,
      { kind: 'button', link: { text: 'Yes, send me the weekly verdicts', url: confirm_url } },
      'If it wasn’t you, ignore this email. We may remind you once. After that, you won’t hear from us unless you confirm.',
    ],
    reason: 'You’re getting this because someone entered your address on our sign-up form.',
    links: [],
    imprint,
  };
}

export default function Confirmation(props: ConfirmationProps) {
  return <LetterMail letter={confirmation(props)} />;
}

Confirmation.PreviewProps = {
  confirm_url: 'http://localhost:3000/confirm/sample',
  imprint: sampleImprint,
} satisfies ConfirmationProps;
