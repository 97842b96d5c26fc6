import type { Config } from '../../config/config.ts';
import { comparisonUrl } from '../../links/comparison-url.ts';
import { sql, type SqlBool } from 'kysely';
import type { DigestContent } from '../../../emails/_parts/content/content.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { shiftWeek } from '../../week.ts';
import { communityPercent, type Tally, totalOf } from '../../votes/tally/tally.ts';
import { summarizeComparison } from './summarize.ts';
import type { Issue } from '../record/issue.ts';
import { type ReaderChoice, selectContent } from '../select/select-content.ts';
import { keepKnown } from '../select/match-categories.ts';
import { listClosedIssues } from './list-closed.ts';
import { describeWidestGap } from '../write/recap.ts';
import { withResult } from './with-result.ts';

type DigestIssue = Pick<Issue, 'week' | 'number' | 'content'> & { tallies: ReadonlyMap<string, Tally> };

const MAX_SUBJECT = 60;
/** Closed issues whose tallies are loaded, newest first. */
const MAX_CLOSED_ISSUES = 60;

/**
 * Assigns to this month's digest every issue that was sent in the month and is in no digest yet, so that each issue is
 * in exactly one digest even if the schedule or the time zone changes. An issue of an earlier month stays out of all
 * digests if none was made for that month.
 */
export async function fillDigest({ db, config }: Context, month: string): Promise<void> {
  await db
    .updateTable('issues')
    .set({ digest_month: month })
    .where('digest_month', 'is', null)
    .where(
      // A month ends in the newsletter's time zone, as in the timetable. It begins a day early, in case the time zone
      // has changed since.
      sql<SqlBool>`prepared_at < (${`${month}-01`}::timestamp + interval '1 month') at time zone ${config.timezone}
        and prepared_at >= (${`${month}-01`}::timestamp - interval '1 day') at time zone ${config.timezone}`,
    )
    .execute();
}

const EVERYTHING: ReaderChoice = { categories: [], always_lead: true };

/**
 * A month's digest (`2026-11`), with the results of issues whose voting has closed, as a reader with this choice gets
 * it. Throws `not_found` if nothing went out, or nothing that this reader wants.
 */
export async function loadDigest(
  { db, config }: Pick<Context, 'db' | 'config'>,
  month: string,
  choice = EVERYTHING,
): Promise<DigestContent> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) {
    throw new AppError('invalid_input', `"${month}" is not a month; write it as 2026-11.`);
  }
  const issues = (await db
    .selectFrom('issues')
    .selectAll()
    // An issue that is in no digest yet counts for the month in which it was sent.
    .where(
      sql`coalesce(digest_month, to_char(prepared_at at time zone ${config.timezone}, 'YYYY-MM'))`,
      '=',
      month,
    )
    .where('prepared_at', 'is not', null)
    .orderBy('week', 'desc')
    .execute()) as Issue[];
  if (issues.length === 0) {
    throw new AppError('not_found', `No issue went out in ${month}.`);
  }
  const closed = new Map(
    (await listClosedIssues(db, shiftWeek(issues[0]!.week, 1), MAX_CLOSED_ISSUES)).map(
      ({ week, tallies }) => [week, tallies],
    ),
  );
  const [known = EVERYTHING] = await keepKnown(db, [choice], {
    lead: issues[0]!.content.lead,
    more: issues.flatMap(({ content: { lead, more } }) => [lead, ...more]),
  });
  const selected = issues.flatMap((issue): DigestIssue[] => {
    const content = selectContent(issue, undefined, known);
    const tallies = closed.get(issue.week) ?? new Map<string, Tally>();
    return content ? [{ week: issue.week, number: issue.number, content, tallies }] : [];
  });
  if (selected.length === 0) {
    throw new AppError('not_found', `No issue of ${month} has anything of these categories.`);
  }
  return composeDigest(new Date(`${month}-01T00:00:00Z`), selected, config);
}

/**
 * Puts a month into one mail: each issue's lead in figures, its other comparisons as links. Depends on its input alone.
 */
export function composeDigest(
  month: Date,
  issues: readonly DigestIssue[],
  config: Pick<Config, 'publicUrl' | 'comparisonUrl'>,
): DigestContent {
  const nameOf = (form: Intl.DateTimeFormatOptions) =>
    month.toLocaleDateString('en-GB', { ...form, timeZone: 'UTC' });
  const monthName = nameOf({ month: 'long' });
  const comparisons = issues.flatMap(({ content }) => [content.lead, ...content.more]);
  const votes = issues.reduce((sum, issue) => sum + countVotes(issue), 0);
  // If a tool was in two issues, the newer result counts; issues come newest first.
  const tallies = new Map(issues.toReversed().flatMap((issue) => [...issue.tallies]));
  const isOpen = issues.some((issue) => issue.tallies.size === 0);
  const counted = `${count(comparisons.length, 'comparison')}${votes > 0 ? `, ${count(votes, 'vote')}${isOpen ? ' so far' : ''}` : ''}`;
  const gap = describeWidestGap(
    comparisons.flatMap(({ tools }) => tools),
    (slug) => communityPercent(tallies.get(slug)),
  );
  return {
    month: nameOf({ month: 'long', year: 'numeric' }),
    subject: subjectOf(
      monthName,
      issues.map(({ content }) => content.lead.tools[0].name),
    ),
    preheader: `${counted}: what the panel would ship in ${monthName}, and what readers say about it.`,
    summary: `${count(issues.length, 'issue')} of ${monthName} with ${counted}.${gap ? ` ${gap}` : ''}`,
    issues: issues.map(({ number, content, tallies }) => {
      const { lead, more, date } = withResult(content, tallies);
      return {
        heading: `Issue ${number} · Week of ${date}`,
        lead: summarizeComparison(lead, comparisonUrl(config, lead.slug)),
        more: more.map(({ slug, tools }) => ({
          text: tools.map(({ name, panel }) => `${name} ${panel.ship} of ${panel.of}`).join(', '),
          url: comparisonUrl(config, slug),
        })),
      };
    }),
  };
}

function countVotes({ content, tallies }: DigestIssue): number {
  const slugs = [content.lead, ...content.more].flatMap(({ tools }) => tools.map(({ slug }) => slug));
  return [...new Set(slugs)].reduce((sum, slug) => {
    const tally = tallies.get(slug);
    return sum + (tally ? totalOf(tally) : 0);
  }, 0);
}

/** Contains as many names as fit. */
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
