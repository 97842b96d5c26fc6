import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { applyEvent } from '../../src/sending/events/apply-event.ts';
import { readEvent } from '../../src/sending/events/read-event.ts';
import { eraseReader } from '../../src/sending/deliveries/erase-reader.ts';
import { suppressSubscriber } from '../../src/subscribers/leave/suppress.ts';
import {
  confirmAddressChange,
  requestAddressChange,
} from '../../src/subscribers/preferences/change-address.ts';
import { confirmUpload, processUpload, storeUpload } from '../../src/subscribers/transfer/uploaded-import.ts';
import { importSubscribers } from '../../src/subscribers/transfer/import.ts';
import { untilDoneOrWaiting, untilWaiting } from '../support/is-waiting.ts';
import { contextOfRole } from '../support/roles.ts';
import { createSentIssue, WEEK } from '../support/sent-issue.ts';
import { createTestApp, type TestApp } from '../support/test-app.ts';

/**
 * Starts `act` once the next transaction enqueues something, and lets that transaction go on when `act` waits for it. Returns a
 * function that resolves when `act` is done.
 */
function onceEnqueuing(context: TestApp['context'], act: () => Promise<unknown>): () => Promise<unknown> {
  const { boss, db } = context;
  let acting: Promise<unknown> | undefined;
  const insert: typeof boss.insert = async (...args) => {
    if (!acting) {
      acting = act();
      await untilWaiting(db);
    }
    return boss.insert(...args);
  };
  context.boss = new Proxy(boss, {
    get: (target, name: keyof typeof boss) => (name === 'insert' ? insert : target[name]),
  });
  return () => acting ?? Promise.reject(new Error('nothing was enqueued'));
}

async function addActive(app: TestApp, email: string) {
  const at = app.context.now();
  await app.context.db
    .insertInto('subscribers')
    .values({ email, status: 'active', consent_source: 'x', requested_at: at, confirmed_at: at })
    .execute();
}

async function findDeliveryOf(db: Db, subscriberId: number): Promise<number> {
  const delivery = db.selectFrom('deliveries').select('id').where('subscriber_id', '=', subscriberId);
  return (await delivery.executeTakeFirstOrThrow()).id;
}

const eventOf = (app: TestApp, type: string, delivery: number, data = {}) =>
  readEvent({
    type,
    created_at: '2026-11-24T14:10:05.000Z',
    data: {
      to: ['a@b.example'],
      tags: { sender: app.context.installation.id, issue: WEEK, delivery: String(delivery) },
      ...data,
    },
  })!;

test('a complaint that arrives while its reader is erased is kept', async () => {
  const app = await createTestApp();
  const { context } = app;
  const { db } = context;
  await addActive(app, 'ann@example.net');
  const { erasing } = await db.transaction().execute(async (tx) => {
    await suppressSubscriber(tx, 1, 'complained', context.now());
    const erasing = eraseReader(context, 'ann@example.net');
    await untilWaiting(db);
    return { erasing };
  });
  await erasing;
  await app.subscribe('ann@example.net');
  await app.drain();
  const mails = await db.selectFrom('outbox.mails').selectAll().execute();
  const kept = await db.selectFrom('suppressions').select('reason').execute();
  expect([kept, mails.length]).toEqual([[{ reason: 'complained' }], 0]);
});

test('no import brings back a reader who was erased while they changed their address', async () => {
  const app = await createTestApp();
  const { context } = app;
  const { db, pool, now } = context;
  await addActive(app, 'old@example.net');
  await requestAddressChange(context, 1, 'new@example.net');
  const erasing = onceEnqueuing(context, () => eraseReader(context, 'old@example.net'));
  expect(await confirmAddressChange(context, 1)).toBe(true);
  await erasing();
  expect(await db.selectFrom('subscribers').select('email').execute()).toEqual([]);
  const file =
    'email,confirmed_at,consent_source\nnew@example.net,2026-01-02,fair\nold@example.net,2026-01-02,fair\n';
  await importSubscribers(pool, Readable.from([Buffer.from(file)]), { now: now(), dryRun: false });
  expect(await db.selectFrom('subscribers').select('email').execute()).toEqual([]);
});

test.each([
  ['email.clicked', 'webhook_events'],
  ['email.bounced', 'webhook_events'],
  ['email.clicked', 'reader_origins'],
  ['email.bounced', 'reader_origins'],
])('erasing a reader and an %s event about them do not deadlock (held at %s)', async (type, heldTable) => {
  const app = await createSentIssue(2);
  const { context } = app;
  const { db } = context;
  const id = await findDeliveryOf(db, 1);
  const { erasing, event } = await db.transaction().execute(async (tx) => {
    // The erasure waits before it writes the mail, or at its end, with the mail and the reader.
    await sql`lock table ${sql.table(heldTable)} in share row exclusive mode`.execute(tx);
    const erasing = eraseReader(context, 'delivered+1@resend.dev').then(() => 'erased', String);
    await untilWaiting(db);
    const event = applyEvent(
      context,
      'msg_1',
      eventOf(app, type, id, { bounce: { type: 'Permanent' } }),
    ).catch(String);
    await untilDoneOrWaiting(db, event);
    return { erasing, event };
  });
  expect(await Promise.all([erasing, event])).toEqual(['erased', 'applied']);
});

test('staff erase a reader on a server, where commands have the rights of a worker', async () => {
  const app = await createSentIssue(1);
  const worker = await contextOfRole(app.context, app.databaseUrl, 'worker');
  await app.request(app.pathOf(1));
  expect(await eraseReader(worker, 'delivered+1@resend.dev')).toEqual({ id: 1 });
});

test('a bounce of an old address that arrives while the reader changes it does not stop the new one', async () => {
  const app = await createSentIssue(1);
  const { context } = app;
  const { db } = context;
  const id = await findDeliveryOf(db, 1);
  app.clock.now = new Date(app.clock.now.getTime() + 600_000);
  await requestAddressChange(context, 1, 'new@example.net');
  const applying = onceEnqueuing(context, () =>
    applyEvent(context, 'msg_1', eventOf(app, 'email.bounced', id, { bounce: { type: 'Permanent' } })),
  );
  const { id: change } = await db.selectFrom('address_changes').select('id').executeTakeFirstOrThrow();
  expect(await confirmAddressChange(context, change)).toBe(true);
  await applying();
  expect(
    await db.selectFrom('subscribers').select(['email', 'status', 'suppressed_reason']).execute(),
  ).toEqual([{ email: 'new@example.net', status: 'active', suppressed_reason: null }]);
});

async function importWhile(app: TestApp, file: string, act: () => Promise<unknown>) {
  const { pool, db, now } = app.context;
  let acting: Promise<unknown> | undefined;
  await importSubscribers(pool, Readable.from([Buffer.from(file)]), {
    now: now(),
    dryRun: false,
    onFinished: async () => {
      acting = act();
      await untilWaiting(db);
    },
  });
  await acting;
}

const readers = (app: TestApp) =>
  app.context.db
    .selectFrom('subscribers')
    .select(['email', 'status', 'confirmed_at', 'suppressed_reason'])
    .orderBy('id')
    .execute();

test('a reader who signs up while the list with them is imported stays a reader', async () => {
  const app = await createTestApp();
  const file = 'email,confirmed_at,consent_source\nann@example.net,2026-01-02,fair\n';
  await importWhile(app, file, () => app.subscribe('ann@example.net'));
  expect(await readers(app)).toMatchObject([{ email: 'ann@example.net', status: 'active' }]);
});

test('somebody whom the list says to be suppressed is not mailed', async () => {
  const app = await createTestApp();
  await importWhile(app, 'email,status\nann@example.net,complained\n', () =>
    app.subscribe('ann@example.net'),
  );
  await app.drain();
  const mails = await app.context.db.selectFrom('outbox.mails').select('id').execute();
  expect([await readers(app), mails.length]).toMatchObject([
    [{ status: 'suppressed', suppressed_reason: 'complained' }],
    0,
  ]);
});

test('a reader whose new address is signed up while they confirm it stays a reader', async () => {
  const app = await createTestApp();
  const { context } = app;
  await addActive(app, 'old@example.net');
  await requestAddressChange(context, 1, 'new@example.net');
  const signing = onceEnqueuing(context, () => app.subscribe('new@example.net'));
  expect(await confirmAddressChange(context, 1)).toBe(true);
  await signing();
  expect(await readers(app)).toMatchObject([{ email: 'new@example.net', status: 'active' }]);
});

test('a sign-up by a pending reader and an import that confirms them do not deadlock', async () => {
  const app = await createTestApp();
  const { pool, db, now } = app.context;
  await app.subscribe('ann@example.net');
  await app.subscribe('bo@example.net');
  app.clock.now = new Date(app.clock.now.getTime() + 6 * 60_000);
  // ann's second request stands between its two statements, because somebody else asks for the same mailbox.
  const file = 'email,confirmed_at,consent_source\nann@example.net,2026-01-02,fair\n';
  const both = await db.transaction().execute(async (tx) => {
    await tx
      .selectFrom('sign_up_counts')
      .selectAll()
      .where('since', '=', new Date('2026-11-24T00:00:00Z'))
      .forUpdate()
      .execute();
    const signing = app.subscribe('ann@example.net');
    await untilWaiting(db);
    const importing = importSubscribers(pool, Readable.from([Buffer.from(file)]), {
      now: now(),
      dryRun: false,
    });
    await untilWaiting(db, 2);
    return { signing, importing };
  });
  const [signed, imported] = await Promise.all([both.signing, both.importing]);
  expect([signed.status, imported]).toEqual([200, expect.objectContaining({ refused: [] })]);
});

test('a file that two workers import at once is reported as the first one left it', async () => {
  const app = await createTestApp();
  const { context } = app;
  const { db } = context;
  const bytes = Buffer.from('email,confirmed_at,consent_source\nann@example.net,2026-01-02,fair\n');
  const by = { name: 'eve', via: 'studio' } as const;
  const id = await storeUpload(context, { name: 'x.csv', bytes, by, facts: {} });
  await processUpload(context, id);
  await confirmUpload(context, id, 'eve');
  const both = await db.transaction().execute(async (tx) => {
    await sql`lock table subscribers in exclusive mode`.execute(tx);
    const working = [processUpload(context, id), processUpload(context, id)];
    await untilWaiting(db, 2);
    return { working };
  });
  await Promise.all(both.working);
  expect(await db.selectFrom('reader_imports').select(['status', 'added']).execute()).toEqual([
    { status: 'done', added: 1 },
  ]);
  const entries = db.selectFrom('audit_log').select('action').where('action', '=', 'import readers');
  expect(await entries.execute()).toHaveLength(1);
});
