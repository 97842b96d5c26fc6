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
    preheader:
      'We haven’t heard from you in a while, so this is our last email. You can come back at any time.',
    heading: 'Goodbye for now',
    blocks: [
      'We asked whether you still wanted the weekly verdicts and didn’t hear back, so we’re stopping. This is the last email you’ll get.',
      'If you miss the verdicts, sign up again: all it takes is your address and one click. Every issue stays in the archive.',
      { kind: 'button', link: { text: 'Come back', url: sign_up_url } },
      { kind: 'link', link: { text: 'Browse the archive', url: archive_url } },
    ],
    reason: 'You’re getting this because you were subscribed to Weekly AI Tool Verdicts until today.',
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
