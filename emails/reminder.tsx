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
    preheader: 'You asked for the weekly verdicts and have not confirmed yet. This is the only reminder.',
    heading: 'One click is missing',
    blocks: [
      `On ${asked_on} this address was entered for Weekly AI Tool Verdicts. We send nothing until you say that it was you.`,
      { kind: 'button', link: { text: 'Yes, send me the weekly verdicts', url: confirm_url } },
      'If you changed your mind, or it was not you, do nothing: this is the only reminder.',
    ],
    reason: 'You get this because your address was entered into our sign-up form and not confirmed.',
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
