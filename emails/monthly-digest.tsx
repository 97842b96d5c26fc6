import type { DigestContent, Imprint } from './_parts/content/content.ts';
import type { Letter } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleDigest, sampleImprint } from './_parts/content/sample.ts';

export interface MonthlyDigestProps {
  content: DigestContent;
  archive_url: string;
  preferences_url: string;
  unsubscribe_url: string;
  imprint: Imprint;
}

/** For readers who prefer one mail a month: each issue's lead in figures, and links to its other comparisons. */
export function monthlyDigest({
  content: { month, subject, preheader, summary, issues },
  archive_url,
  preferences_url,
  unsubscribe_url,
  imprint,
}: MonthlyDigestProps): Letter {
  return {
    subject,
    preheader,
    heading: `${month} in verdicts`,
    blocks: [
      summary,
      ...issues.flatMap(({ heading, lead, more }) => [
        { kind: 'heading' as const, text: heading },
        { kind: 'comparison' as const, comparison: lead },
        ...(more.length > 0 ? ['Also compared, with the number of reviewers who would ship each:'] : []),
        ...more.map((link) => ({ kind: 'link' as const, link })),
      ]),
    ],
    reason:
      'You’re getting this because you signed up for Weekly AI Tool Verdicts, confirmed your address, and chose one email a month.',
    links: [
      { text: 'Earlier issues', url: archive_url },
      { text: 'Change your preferences', url: preferences_url },
      { text: 'Unsubscribe', url: unsubscribe_url },
    ],
    imprint,
  };
}

export default function MonthlyDigest(props: MonthlyDigestProps) {
  return <LetterMail letter={monthlyDigest(props)} />;
}

MonthlyDigest.PreviewProps = {
  content: sampleDigest,
  archive_url: 'http://localhost:3000/issues',
  preferences_url: 'http://localhost:3000/preferences/sample',
  unsubscribe_url: 'http://localhost:3000/unsubscribe/sample',
  imprint: sampleImprint,
} satisfies MonthlyDigestProps;
