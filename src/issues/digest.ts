import type { DigestContent } from '../../emails/_parts/content.ts';
import type { Db } from '../database.ts';
import { AppError } from '../errors.ts';
import { type Tally, totalOf } from '../votes/tally.ts';
import { briefOf } from './brief.ts';
import type { Issue } from './issue.ts';
import { pageClosedIssues } from './page-closed.ts';
import { describeWidestGap } from './recap.ts';
import { withResult } from './with-result.ts';

type DigestIssue = Pick<Issue, 'week' | 'number' | 'content'> & { tallies: ReadonlyMap<string, Tally> };

const MAX_SUBJECT = 60;
/** No month has more weeks' beginnings. */
const MAX_ISSUES = 60;

/** The issues of a month (`2026-11`, by the day they went out, UTC), with what readers said of them so far. */
export async function loadDigest(db: Db, month: string, publicUrl: string): Promise<DigestContent> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
    throw new AppError('invalid_input', `"${month}" is no month; write one as 2026-11.`);
  }
  const from = new Date(`${month}-01T00:00:00Z`);
  const until = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  const issues = (await db
    .selectFrom('issues')
    .selectAll()
    .where('prepared_at', '>=', from)
    .where('prepared_at', '<', until)
    .where('status', '<>', 'cancelled')
    .orderBy('week', 'desc')
    .execute()) as Issue[];
  if (issues.length === 0) {
    throw new AppError('not_found', `No issue went out in ${month}.`);
  }
  const closed = new Map(
    (await pageClosedIssues(db, undefined, MAX_ISSUES)).map(({ week, tallies }) => [week, tallies]),
  );
  return composeDigest(
    from,
    issues.map(({ week, number, content }) => ({
      week,
      number,
      content,
      tallies: closed.get(week) ?? new Map<string, Tally>(),
    })),
    publicUrl,
  );
}

/** A month in one mail: each issue's lead in figures, the rest as links. From facts alone. */
export function composeDigest(month: Date, issues: readonly DigestIssue[], publicUrl: string): DigestContent {
  const nameOf = (form: Intl.DateTimeFormatOptions) =>
    month.toLocaleDateString('en-GB', { ...form, timeZone: 'UTC' });
  const monthName = nameOf({ month: 'long' });
  const comparisons = issues.flatMap(({ content }) => [content.lead, ...content.more]);
  const tallies = new Map(issues.flatMap((issue) => [...issue.tallies]));
  const votes = [...tallies.values()].reduce((sum, tally) => sum + totalOf(tally), 0);
  const isOpen = issues.some((issue) => issue.tallies.size === 0);
  const counted = `${count(comparisons.length, 'comparison')}${votes > 0 ? `, ${count(votes, 'vote')}${isOpen ? ' so far' : ''}` : ''}`;
  const gap = describeWidestGap(
    comparisons.flatMap(({ tools }) => tools),
    tallies,
  );
  return {
    month: nameOf({ month: 'long', year: 'numeric' }),
    subject: subjectOf(
      monthName,
      issues.map(({ content }) => content.lead.tools[0].name),
    ),
    preheader: `${counted}: what the panel would ship in ${monthName}, and what readers say to it.`,
    summary: `${count(issues.length, 'issue')} of ${monthName} with ${counted}.${gap ? ` ${gap}` : ''}`,
    issues: issues.map(({ number, content, tallies }) => {
      const { lead, more, date } = withResult(content, tallies);
      return {
        heading: `Issue ${number} · Week of ${date}`,
        lead: briefOf(lead, `${publicUrl}/comparisons/${lead.slug}`),
        more: more.map(({ slug, tools }) => ({
          text: tools.map(({ name, panel }) => `${name} ${panel.ship} of ${panel.of}`).join(', '),
          url: `${publicUrl}/comparisons/${slug}`,
        })),
      };
    }),
  };
}

/** As many names as fit. */
function subjectOf(month: string, names: readonly string[]): string {
  for (let shown = names.length; shown > 0; shown--) {
    const rest = names.length - shown;
    const list = new Intl.ListFormat('en').format([
      ...names.slice(0, shown),
      ...(rest > 0 ? [`${rest} more`] : []),
    ]);
    const subject = `${month} in verdicts: ${list}`;
    if (Array.from(subject).length <= MAX_SUBJECT) {
      return Array.from(subject).length < 30 ? `${subject}, side by side` : subject;
    }
  }
  return `${month} in verdicts, with every vote counted`;
}

function count(number: number, name: string): string {
  return `${number.toLocaleString('en')} ${name}${number === 1 ? '' : 's'}`;
}
