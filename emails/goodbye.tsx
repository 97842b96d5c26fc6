import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface GoodbyeProps {
  sign_up_url: string;
  archive_url: string;
  imprint: Imprint;
}

/**
 * The last mail to an inactive reader whom we stop mailing (sunset policy). Readers who unsubscribed do not get it: they get
 * no further mail, and the unsubscribe page says goodbye.
 */
export function goodbye({ sign_up_url, archive_url, imprint }: GoodbyeProps): Letter {
  return {
    subject: 'Goodbye for now from Weekly AI Tool Verdicts',
    preheader: 'We heard nothing from you for long, so this is the last mail. You can come back at any time.',
    heading: 'Goodbye for now',
    blocks: [
      'We asked whether you still want the weekly verdicts and heard nothing, so we stop here. No further mail comes.',
      'Should you miss it, sign up again: it takes the address and one click. Every issue stays in the archive.',
      { kind: 'button', link: { text: 'Come back', url: sign_up_url } },
      { kind: 'link', link: { text: 'Read on in the archive', url: archive_url } },
    ],
    reason: 'You get this because you were a reader of Weekly AI Tool Verdicts until today.',
    links: [],
    imprint,
  };
}

export default function Goodbye(props: GoodbyeProps) {
  return <LetterMail letter={goodbye(props)} />;
}

Goodbye.PreviewProps = {
  sign_up_url: 'http://localhost:3000/#sign-up',
  archive_url: 'http://localhost:3000/issues',
  imprint: sampleImprint,
} satisfies GoodbyeProps;
