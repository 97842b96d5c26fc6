import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface AlreadyInProps {
  /** How they have chosen to get it. */
  schedule: 'weekly' | 'monthly' | 'paused';
  archive_url: string;
  preferences_url: string;
  unsubscribe_url: string;
  imprint: Imprint;
}

const WHEN: Record<AlreadyInProps['schedule'], string> = {
  weekly: 'The next issue comes this week or next.',
  monthly: 'You chose one email a month. You can switch to the weekly issue in your preferences.',
  paused: 'You’ve paused it for now. You can resume it on the preferences page.',
};

/** Sent to a subscriber whose address was entered on the sign-up form again, so that they do not wait for a confirmation. */
export function alreadyIn({
  schedule,
  archive_url,
  preferences_url,
  unsubscribe_url,
  imprint,
}: AlreadyInProps): Letter {
  return {
    subject: 'You’re already in: Weekly AI Tool Verdicts',
    preheader: 'There’s nothing to confirm. Here’s when you’ll hear from us next.',
    heading: 'You’re already in',
    blocks: [
      `Someone, most likely you, entered this address on our sign-up form. You’re subscribed already, so there’s nothing to confirm. ${WHEN[schedule]}`,
      'If issues don’t arrive, look in the spam folder, and mark one of them as not spam.',
      { kind: 'link', link: { text: 'Read earlier issues in the meantime', url: archive_url } },
    ],
    reason:
      'You’re getting this because you subscribed, and someone entered your address on our sign-up form again.',
    links: [
      { text: 'Preferences', url: preferences_url },
      { text: 'Unsubscribe', url: unsubscribe_url },
    ],
    imprint,
  };
}

export default function AlreadyIn(props: AlreadyInProps) {
  return <LetterMail letter={alreadyIn(props)} />;
}

AlreadyIn.PreviewProps = {
  schedule: 'weekly',
  archive_url: 'http://localhost:3000/issues',
  preferences_url: 'http://localhost:3000/preferences/sample',
  unsubscribe_url: 'http://localhost:3000/unsubscribe/sample',
  imprint: sampleImprint,
} satisfies AlreadyInProps;
