import type { ComparisonBrief, Imprint } from './_parts/content/content.ts';
import { type Letter, panelPhrase } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleBrief, sampleImprint } from './_parts/content/sample.ts';

export interface WelcomeProps {
  /** "Tuesday, 1 December 2026"; null if it is uncertain, or if the reader does not get the next issue. */
  next_issue_on: string | null;
  /** The lead of the latest issue; null before the first issue. */
  latest: ComparisonBrief | null;
  archive_url: string;
  preferences_url: string;
  unsubscribe_url: string;
  imprint: Imprint;
}

/** Sent right after the confirmation: what to expect, when, and how to vote. */
export function welcome({
  next_issue_on,
  latest,
  archive_url,
  preferences_url,
  unsubscribe_url,
  imprint,
}: WelcomeProps): Letter {
  return {
    subject: 'You’re in: Weekly AI Tool Verdicts',
    preheader: `${next_issue_on === null ? '' : `Your first issue comes on ${next_issue_on}. `}Here’s what to expect and how to vote.`,
    heading: 'Good to have you',
    blocks: [
      `${next_issue_on === null ? 'A new issue comes every week.' : `Your first issue arrives on ${next_issue_on}, and a new one every week after that.`} Each has one comparison in depth, a few more in brief, and what ${panelPhrase(imprint)} would ship.`,
      'Each tool has a Ship button and a Skip button. One click casts your vote. If your email goes through a security scanner, the page that opens asks for a second click to confirm. You can change your vote until voting closes, and the next issue has the results.',
      'If one of our emails ever lands in your spam folder, move it to your inbox and add our address to your contacts. That tells your email app we’re not spam.',
      ...(latest
        ? [
            { kind: 'heading' as const, text: 'In the meantime, the latest issue' },
            { kind: 'comparison' as const, comparison: latest },
          ]
        : []),
    ],
    reason:
      'You’re getting this because you signed up for Weekly AI Tool Verdicts and confirmed your address.',
    links: [
      { text: 'Earlier issues', url: archive_url },
      { text: 'Change your preferences, for example to one email a month', url: preferences_url },
      { text: 'Unsubscribe', url: unsubscribe_url },
    ],
    imprint,
  };
}

export default function Welcome(props: WelcomeProps) {
  return <LetterMail letter={welcome(props)} />;
}

Welcome.PreviewProps = {
  next_issue_on: 'Tuesday, 1 December 2026',
  latest: sampleBrief,
  archive_url: 'http://localhost:3000/issues',
  preferences_url: 'http://localhost:3000/preferences/sample',
  unsubscribe_url: 'http://localhost:3000/unsubscribe/sample',
  imprint: sampleImprint,
} satisfies WelcomeProps;
