import type { Issue, StoredChoice } from '../issues/issue.ts';
import type { Candidate } from '../issues/subject.ts';

/** An issue in one JSON object. */
export function summarize({
  week,
  number,
  status,
  status_reason,
  content,
  content_hash,
  drafted_at,
  prepared_at,
  sent_at,
}: Issue) {
  return {
    week,
    number,
    status,
    status_reason,
    subject: content.subject,
    content_hash,
    drafted_at,
    prepared_at,
    sent_at,
  };
}

/** The same for people, with why it is as it is. */
export function describeIssue({ week, number, status, content, choice, approved_despite }: Issue): string {
  return [
    `${week}, issue ${number}, ${status}`,
    ...(approved_despite ? [`Approved in spite of its checks: ${approved_despite}`] : []),
    `Subject:   ${content.subject}`,
    `Preheader: ${content.preheader}`,
    '',
    `${content.lead.headline}. ${content.lead.verdict}`,
    `${content.lead.pick}. ${content.lead.pricing_read} ${content.lead.reviewer_split}`,
    '',
    describeChoice(choice),
    ...describeCandidates('Subjects', choice.subjects),
    ...describeCandidates('Preheaders', choice.preheaders),
  ].join('\n');
}

function describeCandidates(name: string, candidates: readonly Candidate[] = []): string[] {
  return candidates.length === 0
    ? []
    : [
        '',
        `${name}, the best first:`,
        ...candidates.map(({ text, points }) => `- ${text} (${Math.round(points)} points)`),
      ];
}

export function describeChoice({ picks, rejections }: StoredChoice): string {
  return [
    ...picks.map(
      (pick, index) => `${index + 1}. ${pick.slug} (${pick.points} points): ${pick.reasons.join('; ')}`,
    ),
    ...(rejections.length > 0 ? ['', 'Left out:'] : []),
    ...rejections.map(({ slug, reasons }) => `- ${slug}: ${reasons.join('; ')}`),
  ].join('\n');
}
