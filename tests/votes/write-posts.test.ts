import { sql } from 'kysely';
import { expect, test, vi } from 'vitest';
import type { Db } from '../../src/database/connect.ts';
import { voterKey } from '../../src/installation/installation.ts';
import type { Verdict } from '../../src/database/schema.ts';
import { eraseSubscriber } from '../../src/subscribers/leave/erase.ts';
import type { VoterPost } from '../../src/votes/cast/post.ts';
import { eraseVoter } from '../../src/votes/retention/erase-voter.ts';
import { writePosts } from '../../src/votes/cast/_write-posts.ts';
import { createSentIssue, type SentIssue } from '../support/sent-issue.ts';
import { isWaiting } from '../support/is-waiting.ts';

const HOURS_MS = 3_600_000;

async function createOpenIssue(readers = 1): Promise<SentIssue> {
  const app = await createSentIssue(readers);
  app.clock.now = new Date(app.clock.now.getTime() + 2 * HOURS_MS);
  return app;
}

function voteOf(
  { id, context, clock }: SentIssue,
  reader: number,
  tool_slug: string,
  choice: Verdict,
): VoterPost {
  return {
    voter: { issue_id: id, subscriber_id: reader, voter_key: voterKey(context.installation, reader) },
    at: clock.now,
    post: {
      kind: 'vote',
      tool_slug,
      choice,
      way: 'button',
      rendered_at: new Date(clock.now.getTime() - 10_000),
      page_tool: tool_slug,
      has_hand: true,
      is_remembered: false,
      source_key: null,
    },
  };
}

test('changes by others between reading and writing are judged too', async () => {
  const app = await createOpenIssue();
  const { db } = app.context;
  await writePosts(app.context, [voteOf(app, 1, 'harborlight', 'ship')]);
  app.clock.now = new Date(app.clock.now.getTime() + HOURS_MS);
  const voted = await db.transaction().execute(async (tx) => {
    await tx.selectFrom('issues').select('id').forUpdate().execute();
    const writing = writePosts(app.context, [voteOf(app, 1, 'quillbench', 'ship')]);
    await vi.waitUntil(() => isWaiting(db));
    await tx.updateTable('casts').set({ decision: 'void' }).execute();
    return { writing };
  });
  await voted.writing;
  expect(await app.listVotes()).toEqual(['harborlight ship voided by staff', 'quillbench ship counted']);
  expect(await db.selectFrom('casts').select('tool_slug').execute()).toHaveLength(2);
});

test.each(['closed', 'counted'] as const)(
  'a vote that was read before voting was %s is not written after it',
  async (state) => {
    const app = await createOpenIssue(2);
    const { db } = app.context;
    const voted = await db.transaction().execute(async (tx) => {
      await tx.selectFrom('issues').select('id').forUpdate().execute();
      const writing = writePosts(app.context, [
        voteOf(app, 1, 'harborlight', 'ship'),
        voteOf(app, 2, 'harborlight', 'skip'),
      ]);
      await vi.waitUntil(() => isWaiting(db));
      await (state === 'closed'
        ? tx.updateTable('issues').set({ voting_closed_at: app.clock.now }).execute()
        : tx.insertInto('tallies').values(emptyTally(app)).execute());
      return { writing };
    });
    expect(await voted.writing).toEqual([{ kind: 'closed' }, { kind: 'closed' }]);
    expect(await app.listVotes()).toEqual([]);
  },
);

/** As versions before 0.3.0 closed voting. */
function emptyTally({ id, clock }: SentIssue) {
  return { issue_id: id, tool_slug: 'harborlight', ship: 0, skip: 0, held: 0, frozen_at: clock.now };
}

test('a vote that was read before its reader was erased is not written', async () => {
  const app = await createOpenIssue();
  const { db, installation } = app.context;
  const voted = await db.transaction().execute(async (tx) => {
    await eraseSubscriber(tx, 1, app.clock.now);
    await eraseVoter(tx, installation, 1);
    const writing = writePosts(app.context, [voteOf(app, 1, 'harborlight', 'ship')]);
    await vi.waitUntil(() => isWaiting(db));
    return { writing };
  });
  expect(await voted.writing).toEqual([{ kind: 'not eligible' }]);
  expect(await db.selectFrom('casts').selectAll().execute()).toEqual([]);
});

test('a statement planned on an empty table still uses the index when the table is large', async () => {
  const app = await createOpenIssue(2);
  const { db, preparedDb } = app.context;
  await sql`vacuum analyze casts`.execute(db);
  await writePosts(app.context, [voteOf(app, 1, 'harborlight', 'ship')]);
  await addCasts(app, 20_000);
  const before = await countCastsRead(preparedDb, db);
  await writePosts(app.context, [voteOf(app, 2, 'harborlight', 'ship')]);
  expect((await countCastsRead(preparedDb, db)) - before).toBeLessThan(100);
});

/** Adds one vote each of this many readers. */
async function addCasts({ id, context }: SentIssue, readers: number): Promise<void> {
  await sql`
    insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, is_remembered, is_new_reader, is_early)
    select ${id}, sha256(number::text::bytea), 'harborlight', 'ship', 'button', now(), false, false, false
    from generate_series(1, ${readers}::integer) as number`.execute(context.db);
}

/** Rows of `casts` read so far, by table and index scans. */
async function countCastsRead(preparedDb: Db, db: Db): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(preparedDb);
  const { rows } = await sql<{ read: number }>`
    select seq_tup_read + (select sum(idx_tup_read) from pg_stat_user_indexes where relname = 'casts')::bigint as read
    from pg_stat_user_tables where relname = 'casts'`.execute(db);
  return rows[0]?.read ?? Number.NaN;
}
