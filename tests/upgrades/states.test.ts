import { expect, test } from 'vitest';
import { readSchema } from '../../src/database/read-schema.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import schema from '../../migrations/schema.json' with { type: 'json' };
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signVote } from '../../src/links/tokens.ts';
import { openLog } from '../../src/log.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { seedContent } from '../support/seed.ts';
import { openTestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';
import { query, restoreState, STATES } from './restore-state.ts';

test('the states of at least 17 commits are stored', () => {
  expect(STATES.length).toBeGreaterThanOrEqual(17);
});

const DAY_MS = 86_400_000;

// On the oldest PostgreSQL: the state with the most migrations to come, two in between, and the last release.
const CHOSEN = process.env.TEST_POSTGRES === 'oldest' ? ['1fc7819', '4edb0d8', 'fe53bf4', '02f2e1c'] : STATES;

test.each(CHOSEN)(
  'a database of commit %s is upgraded without data loss, and the week continues',
  { timeout: 60_000 },
  async (state) => {
    const url = await restoreState(state);
    const before = await readData(url);
    await updateDatabase(url, openLog('silent'));
    expect(await readData(url)).toEqual(before);

    const app = await openTestApp(url, {}, await timeOfIssue(url, 4 * DAY_MS));
    const { context } = app;
    expect(await readSchema(context.db)).toEqual(schema);
    const [issue] = await query<{ id: number; week: string }>(url, 'select id, week from issues');
    if (!issue) {
      throw new Error('the state holds no issue');
    }
    expect(await app.request(`/issues/${issue.week}`)).toMatchObject({ status: 200 });

    // Readers vote by the links in the mail that was sent before the upgrade.
    for (const reader of [1, 3, 4]) {
      const token = signVote(context.linkKeys, { issue_id: issue.id, subscriber_id: reader });
      expect(await visitAndVote(app, `/v/${token}/acme-writer/skip`)).toMatchObject({ status: 303 });
    }

    // The next week's issue.
    const week = nextWeek(issue.week);
    app.clock.now = new Date(app.clock.now.getTime() + 3 * DAY_MS);
    await query(url, 'truncate comparisons, reviews, tools, reviewers cascade');
    await seedContent(context.db, app.clock.now.toISOString());
    await query(url, `update tools set price_checked_on = '${app.clock.now.toISOString().slice(0, 10)}'`);
    expect(await draftIssue(context, week)).toMatchObject({ kind: 'drafted' });
    await approveIssue(context, week, 'test', { despite: 'only for this test' });
    expect(await prepareIssue(context, week)).toBe(5);
    await app.drain();
    expect(
      await query(
        url,
        `select count(*)::int as mails from deliveries where resend_id is not null group by issue_id order by issue_id`,
      ),
    ).toEqual([{ mails: 6 }, { mails: 5 }]);

    await closeVoting(context, issue.week);
    const tallies = await query<{ ship: number; held: number; skip: number }>(
      url,
      `select ship, held, skip from tallies where tool_slug = 'acme-writer' and issue_id = ${issue.id}`,
    );
    // The second reader's earlier vote is unchanged, counted or held; the first reader has changed theirs.
    expect(tallies.map(({ ship, held, skip }) => [ship + held, skip])).toEqual([[1, 3]]);
  },
);

/** Counts and contents that must survive the upgrade. */
async function readData(url: string) {
  return query(
    url,
    `select (select count(*) from subscribers) as subscribers, (select count(*) from deliveries) as deliveries,
      (select string_agg(status, ' ' order by id) from deliveries) as statuses, (select count(*) from votes) as votes,
      (select string_agg(choice || state, ' ' order by voter_key) from votes) as choices,
      (select content::text from issues) as content, (select count(*) from comparisons) as comparisons,
      (select encode(hash_key, 'hex') from installation) as key`,
  );
}

async function timeOfIssue(url: string, later_ms: number): Promise<string> {
  const [row] = await query<{ at: Date }>(url, 'select prepared_at as at from issues');
  return new Date((row?.at.getTime() ?? 0) + later_ms).toISOString();
}

function nextWeek(week: string): string {
  return `${week.slice(0, 6)}${String(Number(week.slice(6)) + 1).padStart(2, '0')}`;
}
