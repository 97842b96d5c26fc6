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
    preheader: 'One click and the next issue is yours. Nothing is sent until you confirm.',
    heading: 'Is this you?',
    blocks: [
      `Somebody, most likely you, asked us to send Weekly AI Tool Verdicts to this address, once a week: two tools side by side, what ${panelPhrase(imprint)} thinks of them, and your vote.`,
      { kind: 'button', link: { text: 'Yes, send me the weekly verdicts', url: confirm_url } },
      'If it was not you, do nothing. We may remind you once; without a confirmation no other mail follows.',
    ],
    reason: 'You get this because your address was entered into our sign-up form.',
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
