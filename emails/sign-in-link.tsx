import type { Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface SignInLinkProps {
  sign_in_url: string;
  /** How long the link works. */
  minutes: number;
  imprint: Imprint;
}

/** For staff who asked to enter the studio. */
export function signInLink({ sign_in_url, minutes, imprint }: SignInLinkProps): Letter {
  return {
    subject: '[Weekly Verdicts] Your link to the studio',
    preheader: `Open it within ${minutes} minutes: the link works once, and only you have it.`,
    heading: 'Sign in to the studio',
    blocks: [
      `Someone, most likely you, asked to sign in with this address. The link works once, within ${minutes} minutes.`,
      { kind: 'button', link: { text: 'Open the studio', url: sign_in_url } },
      'If it wasn’t you, ignore this email: nobody gets in without it. Never forward it.',
    ],
    reason: 'You’re getting this because your address is in STAFF_EMAILS.',
    links: [],
    imprint,
  };
}

export default function SignInLink(props: SignInLinkProps) {
  return <LetterMail letter={signInLink(props)} />;
}

SignInLink.PreviewProps = {
  sign_in_url: 'http://localhost:3000/studio/sign-in/sample',
  minutes: 15,
  imprint: sampleImprint,
} satisfies SignInLinkProps;
