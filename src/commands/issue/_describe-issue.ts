import type { Candidate, Issue, StoredChoice } from '../../issues/record/issue.ts';
import { reasonOfStatus } from '../../issues/decide/skip.ts';
import { describeSendTime } from '../../issues/record/send-time.ts';

/** An issue as one JSON object. */
export function summarize(issue: Issue) {
  const { week, number, status, content, content_hash, drafted_at, send_at, prepared_at, sent_at } = issue;
  return {
    week,
    number,
    status,
    status_reason: reasonOfStatus(issue),
    subject: content.subject,
    content_hash,
    drafted_at,
    send_at,
    prepared_at,
    sent_at,
  };
}

/** An issue as text, including why its comparisons were chosen; times are in `timezone`. */
export function describeIssue(issue: Issue, timezone: string): string {
  const { week, number, status, content, choice, approved_despite, send_at } = issue;
  const reason = reasonOfStatus(issue);
  const isWaiting = send_at && ['draft', 'approved'].includes(status);
  return [
    `${week}, issue ${number}, ${status}${reason ? `: ${reason}` : ''}`,
    ...(isWaiting ? [`Goes out:  ${describeSendTime(send_at, timezone)}`] : []),
    ...(approved_despite ? [`Approved despite failing checks: ${approved_despite}`] : []),
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
        `${name}, best first:`,
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
