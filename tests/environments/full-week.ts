import { expect } from 'vitest';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { approveIssue } from '../../src/issues/decide/approve.ts';
import { draftIssue } from '../../src/issues/decide/draft.ts';
import { signSubscriber, signVote } from '../../src/links/tokens.ts';
import { openLog } from '../../src/log.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { addSubscriber } from '../../src/subscribers/join/add.ts';
import { exportSubscribers } from '../../src/subscribers/transfer/export.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { closeVoting } from '../../src/votes/close/close.ts';
import { seedContent, seedReaders } from '../support/seed.ts';
import { openTestApp } from '../support/test-app.ts';
import { visitAndVote } from '../support/visit.ts';

const WEEK = '2026-W48';
const READERS = 12;
const EMAIL = 'INFO+Istanbul@resend.dev';

/** Runs a full week on the database at `url`: sign-up, issue, webhooks, votes, result, export, erasure. */
export async function expectFullWeek(url: string): Promise<void> {
  await updateDatabase(url, openLog('silent'));
  const app = await openTestApp(url);
  const { context, clock } = app;
  await seedContent(context.db);
  await seedReaders(context.db, READERS);

  // A person signs up three times concurrently, with and without capitals.
  const answers = await Promise.all([EMAIL, EMAIL.toLowerCase(), EMAIL].map((email) => app.subscribe(email)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  await app.drain();
  const pending = await context.db
    .selectFrom('subscribers')
    .select('id')
    .where('status', '=', 'pending')
    .execute();
  expect(pending).toHaveLength(1);
  const id = pending[0]?.id ?? 0;
  const confirm = `/confirm/${signSubscriber(context.linkKeys, 'confirm', id)}`;
  expect(await app.post(confirm)).toMatchObject({ status: 303 });
  clock.now = new Date(clock.now.getTime() + 60_000);

  await draftIssue(context, WEEK);
  await approveIssue(context, WEEK, 'test');
  expect(await prepareIssue(context, WEEK)).toBe(READERS + 1);
  await app.drain();
  await deliverWebhooks(app);
  const statuses = await context.db.selectFrom('deliveries').select('status').distinct().execute();
  expect(statuses).toEqual([{ status: 'delivered' }]);

  const issue = await context.db.selectFrom('issues').select('id').executeTakeFirstOrThrow();
  for (let reader = 1; reader <= READERS; reader++) {
    const token = signVote(context.linkKeys, { issue_id: issue.id, subscriber_id: reader });
    expect(await visitAndVote(app, `/v/${token}/harborlight/ship`)).toMatchObject({ status: 303 });
  }
  await closeVoting(context, WEEK);
  expect(
    await context.db
      .selectFrom('tallies')
      .select(['ship', 'skip'])
      .where('tool_slug', '=', 'harborlight')
      .execute(),
  ).toEqual([{ ship: READERS, skip: 0 }]);
  expect(await app.request(`/results/${WEEK}`)).toMatchObject({ status: 200 });
  expect(await app.request('/readyz')).toMatchObject({ status: 200 });

  const csv = Buffer.concat(await Array.fromAsync(exportSubscribers(context.pool))).toString();
  const lines = csv.split('\r\n');
  expect(lines).toHaveLength(READERS + 3);
  expect(lines[1]).toContain(',2026-01-01 00:00:00+00,,2026-01-01 00:00:00+00,');

  // However the address is written, it is the same person: erased, and never added back by an import.
  await eraseReader(context, 'info+ISTANBUL@RESEND.DEV');
  const again = addSubscriber(
    context.db,
    { email: EMAIL, consent_source: 'import', confirmed_at: clock.now },
    clock.now,
  );
  await expect(again).rejects.toThrow('suppression list');
}

async function deliverWebhooks(app: Awaited<ReturnType<typeof openTestApp>>): Promise<void> {
  const done = new AbortController();
  const delivering = app.outbox.deliverWebhooks(done.signal);
  await expect
    .poll(
      () =>
        app.context.db
          .selectFrom('outbox.webhooks')
          .select('svix_id')
          .where('delivered_at', 'is', null)
          .execute(),
      { timeout: 20_000 },
    )
    .toEqual([]);
  done.abort();
  await delivering;
}
