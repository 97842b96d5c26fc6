import type { Imprint } from './_parts/content/content.ts';
import { type Letter, preheaderOf } from './_parts/letter/letter.ts';
import { LetterMail } from './_parts/letter/letter-mail.tsx';
import { sampleImprint } from './_parts/content/sample.ts';

export interface StaffNoticeProps {
  /** "Held: issue 12" */
  title: string;
  /** What happened and what to do about it, in paragraphs. */
  message: string;
  figures: [string, string][];
  studio_url: string | null;
  imprint: Imprint;
}

/** Notifies staff: a draft is ready, an issue is held, sending stopped, sending finished. */
export function staffNotice({ title, message, figures, studio_url, imprint }: StaffNoticeProps): Letter {
  const paragraphs = message.split('\n').filter((line) => line.trim() !== '');
  return {
    subject: `[Weekly Verdicts] ${title}`,
    preheader: preheaderOf(paragraphs[0] ?? title),
    heading: title,
    blocks: [
      ...paragraphs,
      ...(figures.length > 0 ? [{ kind: 'figures' as const, caption: 'In figures', rows: figures }] : []),
      ...(studio_url
        ? [{ kind: 'button' as const, link: { text: 'Look at it in the studio', url: studio_url } }]
        : []),
    ],
    reason: 'You’re getting this because your address is in STAFF_EMAILS.',
    links: [],
    imprint,
  };
}

export default function StaffNotice(props: StaffNoticeProps) {
  return <LetterMail letter={staffNotice(props)} />;
}

StaffNotice.PreviewProps = {
  title: 'Finished: issue 12',
  message:
    'Issue 12, “Harborlight edges out Quillbench, 3–2”, has been sent. Resend reports each delivery as it happens.',
  figures: [
    ['Submitted', '98,412'],
    ['Skipped: left, suppressed, paused or on the digest', '37'],
    ['Rejected by Resend', '2'],
    ['Unknown', '0'],
    ['Duration', '2 min 21 s'],
  ],
  studio_url: 'http://localhost:3000/studio/issues/2026-W47',
  imprint: sampleImprint,
} satisfies StaffNoticeProps;
