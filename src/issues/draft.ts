import { sql } from 'kysely';
import type { ComparisonFacts } from '../comparisons/facts.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import type { Tx } from '../database.ts';
import { tellStaff } from '../staff-notices.ts';
import { findNextDay, mondayOf, shiftWeek, type Week } from '../week.ts';
import { type Choice, chooseComparisons, type ChoosingInput } from './choose.ts';
import { composeIssue } from './compose.ts';
import { hashContent } from './content-hash.ts';
import { findIssue, type Issue, type MadeFrom, type StoredChoice } from './issue.ts';
import { loadChoosingInput } from './load-choosing-input.ts';
import { loadRecap } from './recap.ts';
import { listPreheaders, listSubjects } from './subject.ts';

export type DraftResult =
  | { kind: 'drafted'; issue: Issue }
  | { kind: 'existed'; issue: Issue }
  | { kind: 'nothing to send'; choice: StoredChoice };

/** Chooses and composes the week's issue; a week that has one already keeps it. */
export async function draftIssue(context: Context, week: Week): Promise<DraftResult> {
  return context.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('draft issue'))`.execute(tx);
    const existing = await findIssue(tx, week);
    if (existing) {
      return { kind: 'existed', issue: existing };
    }
    const now = context.now();
    const input = await loadChoosingInput(context, tx, week, now);
    const choice = chooseComparisons(input);
    if (choice.picks.length === 0) {
      await tellNothingToSend(context, tx, week, choice);
      return { kind: 'nothing to send', choice: storedChoice(choice) };
    }
    return { kind: 'drafted', issue: await storeDraft(context, tx, input, choice) };
  });
}

/** Voting on an issue closes at the first such time of the week after. */
function describeClosing({ schedules, timezone }: Config, week: Week): string {
  const weekEnd = mondayOf(shiftWeek(week, 1)).toZonedDateTime(timezone).epochMilliseconds;
  const day = findNextDay(schedules.close, new Date(weekEnd - 1), timezone);
  return day.toLocaleString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
}

async function storeDraft({ config }: Context, tx: Tx, input: ChoosingInput, choice: Choice): Promise<Issue> {
  const comparisons = choice.picks.map((pick) => pick.comparison);
  const { number } = await tx
    .selectFrom('issues')
    .select(({ fn, lit }) => fn.coalesce(fn.max('number'), lit(0)).as('number'))
    .executeTakeFirstOrThrow();
  const recap = await loadRecap(tx, input.week);
  const content = composeIssue({
    ...input,
    comparisons,
    number: number + 1,
    recap,
    votes_until: describeClosing(config, input.week),
  });
  const row = await tx
    .insertInto('issues')
    .values({
      week: input.week,
      number: number + 1,
      status: 'draft',
      content: JSON.stringify(content),
      content_hash: hashContent(content),
      made_from: JSON.stringify(revisionsOf(choice)),
      choice: JSON.stringify({ ...storedChoice(choice), ...listCandidates(input.week, comparisons) }),
      cut_off_at: input.now,
      drafted_at: input.now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('issue_comparisons')
    .values(
      comparisons.map(({ slug, tools }, position) => ({
        issue_id: row.id,
        position,
        comparison_slug: slug,
        tool_a: tools[0].slug,
        tool_b: tools[1].slug,
      })),
    )
    .execute();
  return row as Issue;
}

const CANDIDATES = 5;

function listCandidates(week: Week, [lead, ...more]: readonly ComparisonFacts[]) {
  const headlines = more.map(({ tools }) => tools.map(({ name }) => name).join(' vs '));
  const lines = lead && { week, lead: lead.tools, headlines };
  return lines
    ? {
        subjects: listSubjects(lines).slice(0, CANDIDATES),
        preheaders: listPreheaders(lines).slice(0, CANDIDATES),
      }
    : {};
}

function revisionsOf({ picks }: Choice): MadeFrom {
  const tools = picks.flatMap(({ comparison }) => comparison.tools);
  return {
    tools: Object.fromEntries(tools.map((tool) => [tool.slug, tool.revision])),
    comparisons: Object.fromEntries(picks.map(({ comparison }) => [comparison.slug, comparison.revision])),
  };
}

function storedChoice({ picks, rejections }: Choice): StoredChoice {
  return {
    picks: picks.map(({ comparison, origin, points, reasons }) => ({
      slug: comparison.slug,
      origin,
      points,
      reasons,
    })),
    rejections,
  };
}

async function tellNothingToSend(
  context: Context,
  tx: Tx,
  week: Week,
  { rejections }: Choice,
): Promise<void> {
  const reasons = rejections.map(({ slug, reasons }) => `${slug}: ${reasons.join('; ')}`);
  await tellStaff(context, tx, `no issue ${week}`, {
    title: `No issue for ${week}`,
    message: [`There is no issue for ${week}: no comparison could be used.`, ...reasons].join('\n'),
  });
}
