import type { ComparisonBrief, Imprint } from './_parts/content/content.ts';
import { type Letter, panelPhrase } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleBrief, sampleImprint } from './_parts/content/sample.ts';

export interface WelcomeProps {
  /** "Tuesday, 1 December 2026" */
  next_issue_on: string;
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
    subject: 'You are in: Weekly AI Tool Verdicts',
    preheader: `Your first issue comes on ${next_issue_on}. Here is what to expect, and how to vote.`,
    heading: 'Good to have you',
    blocks: [
      `Your first issue comes on ${next_issue_on}, then one every week: two tools in depth, a few more in short, and what ${panelPhrase(imprint)} would ship.`,
      'Each tool has two links, Ship and Skip. One click is a vote; where a scanner stands before your mailbox, the page that opens asks for one more. You can change it until voting closes before the next issue, which tells you how everybody voted.',
      'If a mail of ours ever lands among the spam, move it out and add our address to your contacts: your mail program learns from it.',
      ...(latest
        ? [
            { kind: 'heading' as const, text: 'The last issue, meanwhile' },
            { kind: 'comparison' as const, comparison: latest },
          ]
        : []),
    ],
    reason: 'You get this because you asked for Weekly AI Tool Verdicts and confirmed it.',
    links: [
      { text: 'Earlier issues', url: archive_url },
      { text: 'Your preferences, such as one mail a month', url: preferences_url },
      { text: 'Unsubscribe with one click', url: unsubscribe_url },
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
