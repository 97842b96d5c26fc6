import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface ReminderProps {
  confirm_url: string;
  /** "24 November 2026" */
  asked_on: string;
  imprint: Imprint;
}

/** Sent once to somebody who signed up and did not confirm: many confirmation mails are overlooked. */
export function reminder({ confirm_url, asked_on, imprint }: ReminderProps): Letter {
  return {
    subject: 'Still waiting for your yes: Weekly AI Tool Verdicts',
    preheader: 'You signed up for the weekly verdicts but haven’t confirmed yet. This is the only reminder.',
    heading: 'One click to go',
    blocks: [
      `On ${asked_on} someone signed this address up for Weekly AI Tool Verdicts. We won’t send any issues until you confirm.`,
      { kind: 'button', link: { text: 'Yes, send me the weekly verdicts', url: confirm_url } },
      'If you’ve changed your mind, or it wasn’t you, ignore this email. We won’t remind you again.',
    ],
    reason:
      'You’re getting this because someone entered your address on our sign-up form, and it hasn’t been confirmed.',
    links: [],
    imprint,
  };
}

export default function Reminder(props: ReminderProps) {
  return <LetterMail letter={reminder(props)} />;
}

Reminder.PreviewProps = {
  confirm_url: 'http://localhost:3000/confirm/sample',
  asked_on: '24 November 2026',
  imprint: sampleImprint,
} satisfies ReminderProps;
