import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { createSentIssue } from '../support/sent-issue.ts';
import { createTestApp } from '../support/test-app.ts';

test('how an issue went is on a page and in a file: delivered, bounced, left, votes', async () => {
  const app = await createSentIssue(4, 'clean');
  const { db } = app.context;
  await app.drain();
  await db.updateTable('deliveries').set({ status: 'delivered' }).where('subscriber_id', '<=', 2).execute();
  await db.updateTable('deliveries').set({ status: 'complained' }).where('subscriber_id', '=', 3).execute();
  await db.updateTable('deliveries').set({ status: 'bounced' }).where('subscriber_id', '=', 4).execute();
  await db
    .updateTable('subscribers')
    .set({ status: 'unsubscribed', unsubscribed_at: new Date(app.clock.now.getTime() + 3_600_000) })
    .where('id', '=', 1)
    .execute();
  await db
    .insertInto('votes')
    .values(
      [1, 2, 3].map((voter) => ({
        issue_id: app.id,
        tool_slug: 'harborlight',
        voter_key: Buffer.from([voter]),
        choice: 'ship' as const,
        state: voter === 3 ? ('held' as const) : ('counted' as const),
        reason: voter === 3 ? 'too fast' : null,
        cast_at: app.clock.now,
        changed_at: app.clock.now,
      })),
    )
    .execute();
  const page = await (await app.request('/studio/learn')).text();
  const figures = [...page.matchAll(/<th scope="row">([^<]*)<\/th><td>([^<]*)<\/td>/g)].map(
    ([, name, value]) => `${name}: ${value}`,
  );
  expect(figures).toEqual([
    'delivered: 3 of 4',
    'bounced: 1 (25.00%)',
    'complained, of delivered: 1 (33.33%)',
    'suppressed by Resend: 0',
    'left afterwards, of all readers: 1',
    'votes counted: 2 so far; voting is open',
    'votes held or voided: 1',
    'votes on Harborlight vs Quillbench: 2 (100.00%)',
    'votes on Fernwick vs Ovenbird: 0 (0.00%)',
    'votes on Mossgate vs Tallyrook: 0 (0.00%)',
  ]);
  const byComparison = await (await app.request('/studio/comparisons.csv')).text();
  expect(byComparison.split('\r\n').slice(0, 2)).toEqual([
    'week,number,position,comparison,votes,prepared,delivered',
    '2026-W48,1,1,Harborlight vs Quillbench,2,4,3',
  ]);
  // When the held ones were cast, as a chart and as a table.
  const issue = await (await app.request('/studio/issues/2026-W48')).text();
  expect(issue).toContain('of which 1 in hour 1.');
  expect(issue).toMatch(/<th scope="row">1<\/th><td>1<\/td>/);
  expect(issue).toMatch(/<figure class="chart">.*<rect/s);
  const held = await (await app.request('/studio/issues/2026-W48/held.csv')).text();
  expect(held).toBe('hour,votes\r\n1,1\r\n');
  const file = await app.request('/studio/learn.csv');
  expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [head, row] = (await file.text()).split('\r\n');
  expect(head).toBe(
    'week,number,subject,sent_at,mails,delivered,bounced,complained,suppressed,is_voting_open,left,votes,held',
  );
  expect(row).toMatch(/^2026-W48,1,.*,2026-11-24T14:00:00.000Z,4,3,1,1,0,1,1,2,1$/);
});

test('without an issue there is nothing to learn yet', async () => {
  const app = await createTestApp();
  expect(await (await app.request('/studio/learn')).text()).toContain(
    'The first figures come with the first issue.',
  );
  expect((await app.request('/studio/learn.csv')).status).toBe(200);
});

test('the files have every issue, and the page says that it has only the newest', async () => {
  const app = await createSentIssue(1);
  await sql`
    insert into issues overriding system value
    select (jsonb_populate_record(issues, jsonb_build_object('id', issues.id + series, 'number', number + series,
      'week', to_char(date '2020-01-06' + 7 * series, 'IYYY-"W"IW')))).*
    from issues, generate_series(1, 62) as series`.execute(app.context.db);
  const page = await (await app.request('/studio/learn')).text();
  expect(page).toContain('These are the newest 60 issues');
  expect(page.match(/<caption>/g)).toHaveLength(60);
  const file = await (await app.request('/studio/learn.csv')).text();
  expect(file.trim().split('\r\n')).toHaveLength(1 + 63);
});
