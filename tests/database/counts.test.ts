import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db, Tx } from '../../src/database/connect.ts';
import { migrateDown, migrateUp } from '../../src/migration/migrate.ts';
import { compactDeliveryCounts, countDeliveries } from '../../src/sending/deliveries/count-deliveries.ts';
import { listOpenRecipients } from '../../src/sending/deliveries/list-recipients.ts';
import { countHeldOverTime } from '../../src/votes/moderate/count-held-over-time.ts';
import { listHeld } from '../../src/votes/moderate/list-held.ts';
import { compactVoteCounts, loadTallies } from '../../src/votes/tally/load-tallies.ts';
import { createTestDatabase } from '../support/test-database.ts';

const FIRST_WITH_COUNTS = '20261128T130000-delivery-counts';
const WITH_HELD_TIMES = '20261129T180000-held-vote-times';
const STATUSES = ['queued', 'submitting', 'submitted', 'delivered', 'unknown', 'failed', 'rejected'];
const READERS = 12;
const SENT = new Date('2026-11-24T14:00:00Z');

test('the counts of deliveries match the rows, whatever statements changed them', async () => {
  const { db } = await createTestDatabase();
  await addIssue(db);
  const change = fc.record({
    kind: fc.constantFrom('update', 'update', 'update', 'delete', 'insert', 'compact', 'roll back'),
    readers: fc.uniqueArray(fc.integer({ min: 1, max: READERS }), { minLength: 1 }),
    status: fc.constantFrom(...STATUSES),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      for (const { kind, readers, status } of changes) {
        if (kind === 'compact') {
          await compactDeliveryCounts(db);
        } else {
          await changeDeliveries(db, kind, readers, status);
        }
      }
      expect(await countDeliveries(db, 1)).toEqual(await countRows(db));
      for (const open of ['unknown', 'failed', 'rejected'] as const) {
        const listed = await listOpenRecipients(db, 1, open, 100);
        const rows = await db
          .selectFrom('deliveries')
          .select('id')
          .where('status', '=', open)
          .orderBy('id')
          .execute();
        expect(listed.map(({ delivery_id }) => delivery_id)).toEqual(rows.map(({ id }) => id));
      }
    }),
    { numRuns: 12 },
  );
});

test('statements that change one issue at the same time do not wait for each other, and all are counted', async () => {
  const { db } = await createTestDatabase();
  await addIssue(db);
  await db.transaction().execute(async (first) => {
    await changeDeliveries(first, 'update', [1, 2], 'submitting');
    // Would wait for ever if both had to update one count.
    await changeDeliveries(db, 'update', [3, 4], 'submitting');
    await Promise.all([compactDeliveryCounts(db), compactDeliveryCounts(db)]);
    expect(await countDeliveries(db, 1)).toEqual({ queued: READERS - 2, submitting: 2 });
  });
  await Promise.all([compactDeliveryCounts(db), compactDeliveryCounts(db)]);
  expect(await countDeliveries(db, 1)).toEqual({ queued: READERS - 4, submitting: 4 });
  expect(await db.selectFrom('delivery_changes').selectAll().execute()).toEqual([]);
});

test('the counts and groups of votes match the rows, whatever statements changed them', async () => {
  const { db } = await createTestDatabase();
  await addIssue(db);
  const vote = fc.record({
    kind: fc.constantFrom('vote', 'vote', 'vote', 'delete', 'compact'),
    voters: fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
    tool: fc.constantFrom('a', 'b'),
    choice: fc.constantFrom('ship', 'skip'),
    reason: fc.constantFrom(null, null, 'both choices', 'one origin'),
    hours: fc.integer({ min: 0, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(vote, { maxLength: 12 }), async (votes) => {
      for (const { kind, voters, tool, choice, reason, hours } of votes) {
        const keys = voters.map((voter) => Buffer.from([voter]));
        if (kind === 'compact') {
          await compactVoteCounts(db, new Date());
        } else if (kind === 'delete') {
          await db.deleteFrom('votes').where('voter_key', 'in', keys).execute();
        } else {
          await sql`
            insert into votes (issue_id, tool_slug, voter_key, choice, state, reason, cast_at, changed_at)
            select 1, ${tool}, voter, ${choice}, ${reason === null ? 'counted' : 'held'}, ${reason},
              ${SENT}::timestamptz + make_interval(hours => ${hours}), now()
            from unnest(${keys}::bytea[]) as voter
            on conflict (issue_id, voter_key, tool_slug) do update
              set choice = excluded.choice, state = excluded.state, reason = excluded.reason, cast_at = excluded.cast_at`.execute(
            db,
          );
        }
      }
      const counted = await sql`
        select tool_slug, false as is_frozen,
          count(*) filter (where choice = 'ship' and state = 'counted') as ship,
          count(*) filter (where choice = 'skip' and state = 'counted') as skip,
          count(*) filter (where state = 'held') as held,
          count(*) filter (where reason = 'one origin') as waiting
        from votes group by tool_slug order by tool_slug`.execute(db);
      expect(await loadTallies(db, 1)).toEqual(counted.rows);
      const held = await sql`
        select reason, tool_slug, mail_host, 'unknown' as mail_class,
          count(*) filter (where choice = 'ship') as ship, count(*) filter (where choice = 'skip') as skip
        from votes join (values ('\\x01'::bytea, 'one.example'), ('\\x02', 'two.example')) as host (voter_key, mail_host)
          using (voter_key) where state = 'held'
        group by reason, tool_slug, mail_host
        union all
        select reason, tool_slug, null, 'unknown',
          count(*) filter (where choice = 'ship'), count(*) filter (where choice = 'skip')
        from votes where state = 'held' and voter_key > '\\x02' group by reason, tool_slug`.execute(db);
      expect((await listHeld(db, 1)).toSorted(byGroup)).toEqual((held.rows as Group[]).toSorted(byGroup));
      const hourly = await sql`
        select (extract(epoch from cast_at - ${SENT}) / 3600)::integer as hour, count(*) as votes
        from votes where state = 'held' group by 1 order by 1`.execute(db);
      expect(await countHeldOverTime(db, 1, SENT)).toEqual(hourly.rows);
    }),
    { numRuns: 12 },
  );
});

test('the hours of votes held by an earlier version are found in the votes themselves', async () => {
  const { db } = await createTestDatabase();
  let reverted: string[] = [];
  while (!reverted.includes(WITH_HELD_TIMES)) {
    reverted = await migrateDown(db);
  }
  await addIssue(db);
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, reason, cast_at, changed_at)
    select 1, 'a', decode(to_hex(n), 'hex'), 'ship', 'held', 'too fast', ${SENT}::timestamptz + make_interval(hours => n), now()
    from generate_series(16, 17) n`.execute(db);
  await migrateUp(db);
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, reason, cast_at, changed_at)
    values (1, 'a', '\\x12', 'ship', 'held', 'too fast', ${SENT}::timestamptz + make_interval(hours => 17), now())`.execute(
    db,
  );
  expect(await countHeldOverTime(db, 1, SENT)).toEqual([
    { hour: 16, votes: 1 },
    { hour: 17, votes: 2 },
  ]);
});

test('rows from before there were counts are counted when the database is updated', async () => {
  const { db } = await createTestDatabase();
  while ((await db.introspection.getTables()).some(({ name }) => name === 'delivery_counts')) {
    await migrateDown(db);
  }
  await addIssue(db);
  await changeDeliveries(db, 'update', [1, 2, 3], 'submitted');
  await changeDeliveries(db, 'update', [4], 'unknown');
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, reason, cast_at, changed_at)
    values (1, 'a', '\\x01', 'ship', 'held', 'too fast', now(), now()), (1, 'a', '\\x02', 'skip', 'counted', null, now(), now())`.execute(
    db,
  );
  expect((await migrateUp(db))[0]).toBe(FIRST_WITH_COUNTS);
  expect(await countDeliveries(db, 1)).toEqual({ queued: READERS - 4, submitted: 3, unknown: 1 });
  expect(await listOpenRecipients(db, 1, 'unknown', 10)).toHaveLength(1);
  expect(await loadTallies(db, 1)).toEqual([
    { tool_slug: 'a', ship: 0, skip: 1, held: 1, waiting: 0, is_frozen: false },
  ]);
  expect(await listHeld(db, 1)).toMatchObject([{ reason: 'too fast', mail_host: 'one.example', ship: 1 }]);
});

type Group = Awaited<ReturnType<typeof listHeld>>[number];

function byGroup(a: Group, b: Group): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** Issue 1, prepared for READERS readers, two of whom have a known mail host. */
async function addIssue(db: Db): Promise<void> {
  await sql`
    insert into issues (week, number, status, content, content_hash, made_from, choice, cut_off_at, drafted_at, prepared_at)
    values ('2026-W48', 1, 'sending', '{}', '', '{}', '{}', now(), now(), now())`.execute(db);
  await sql`
    insert into batches (issue_id, number, idempotency_key, status)
    select 1, 1, 'key', 'queued'`.execute(db);
  await changeDeliveries(
    db,
    'insert',
    Array.from({ length: READERS }, (_, index) => index + 1),
    'queued',
  );
  await sql`
    insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, is_remembered, is_new_reader, is_early, mail_host)
    values (1, '\\x01', 'a', 'ship', 'button', now(), false, false, false, 'one.example'),
      (1, '\\x02', 'a', 'ship', 'button', now(), false, false, false, 'two.example')`.execute(db);
}

async function changeDeliveries(
  db: Db | Tx,
  kind: 'update' | 'delete' | 'insert' | 'roll back',
  readers: readonly number[],
  status: string,
): Promise<void> {
  switch (kind) {
    case 'update':
      await sql`update deliveries set status = ${status} where subscriber_id = any(${readers})`.execute(db);
      break;
    case 'delete':
      await db.deleteFrom('deliveries').where('subscriber_id', 'in', readers).execute();
      break;
    case 'insert':
      await sql`
        insert into deliveries (issue_id, subscriber_id, batch_id, position, status, queued_at)
        select 1, reader, 1, reader, ${status}, now() from unnest(${readers}::bigint[]) as reader
        on conflict do nothing`.execute(db);
      break;
    case 'roll back':
      await (db as Db)
        .transaction()
        .execute(async (tx) => {
          await changeDeliveries(tx, 'update', readers, status);
          throw new Error('roll back');
        })
        .catch(() => undefined);
  }
}

async function countRows(db: Db): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('deliveries')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
