import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import type { Db } from '../../src/database/connect.ts';
import { summarizePastIssues } from '../../src/sending/past/summarize-issues.ts';
import { openBenchEnvironment, prepare, withContext } from './bench-environment.ts';

const READERS = Number(process.env.READERS ?? 1_000_000);
const VOTES = Math.ceil(READERS / 2);

/**
 * Summarizing an issue that went out a hundred days ago: seconds, bytes before and after, and how long other statements
 * wait.
 */
export async function benchPast(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    const databaseUrl = await environment.createDatabase(READERS);
    await prepare(databaseUrl, 10);
    await withContext(databaseUrl, async (context) => {
      await age(context);
      const before = await measureBytes(context.db);
      const stopped = new AbortController();
      const waiting = readMeanwhile(context.db, stopped.signal);
      const started = performance.now();
      await summarizePastIssues(context);
      const seconds = (performance.now() - started) / 1_000;
      stopped.abort();
      const after = await measureBytes(context.db);
      const waits = await waiting;
      console.log(
        `an issue of ${READERS} readers with ${VOTES} votes is summarized in ${seconds.toFixed(1)} s: ` +
          `${(before.rows / 1e6).toFixed(0)} MB of deliveries and votes become ${(after.rows / 1e6).toFixed(0)} MB and ` +
          `a summary of ${(after.summary / 1e6).toFixed(2)} MB, ${(after.summary / READERS).toFixed(2)} bytes a delivery`,
      );
      console.log(
        `  of ${waits.length} reads and writes of the same tables meanwhile, 99 % took ${at(waits, 0.99)} ms, the longest ${at(waits, 1)} ms`,
      );
    });
  } finally {
    await environment.close();
  }
}

/** 0.1 % of the mails bounced, one in thirty was opened, and the next issue has been drafted. */
async function age({ db }: Context): Promise<void> {
  await sql`
    update deliveries set resend_id = gen_random_uuid(), submitted_at = now() - interval '100 days',
      delivered_at = case when id % 1000 > 0 then now() - interval '100 days' end,
      opened_at = case when id % 30 = 0 then now() - interval '100 days' end,
      status = case when id % 1000 = 0 then 'bounced' else 'delivered' end`.execute(db);
  await sql`
    insert into votes (issue_id, voter_key, tool_slug, choice, state, cast_at, changed_at)
    select issue_id, sha256(convert_to(subscriber_id::text, 'UTF8')), 'tool-1', 'ship', 'counted', now(), now()
    from deliveries where subscriber_id <= ${VOTES}`.execute(db);
  await sql`update batches set status = 'settled'`.execute(db);
  await sql`update issues set status = 'sent', sent_at = now() - interval '100 days'`.execute(db);
  await sql`
    insert into issues (week, number, status, content, content_hash, edits, made_from, choice, cut_off_at, drafted_at)
    select '2027-W20', number + 1, 'draft', content, content_hash, edits, made_from, choice, cut_off_at, now() from issues`.execute(
    db,
  );
}

async function measureBytes(db: Db): Promise<{ rows: number; summary: number }> {
  const { rows } = await sql<{ rows: number; summary: number }>`
    select coalesce(sum(pg_total_relation_size(inhrelid)), 0)::float8 as rows,
      pg_total_relation_size('past_deliveries')::float8 as summary
    from pg_inherits where inhparent in ('deliveries'::regclass, 'votes'::regclass)`.execute(db);
  return rows[0]!;
}

/** Reads and writes as pages and events do, fifty times a second each. */
async function readMeanwhile(db: Db, signal: AbortSignal): Promise<number[]> {
  const waits: number[] = [];
  while (!signal.aborted) {
    const started = performance.now();
    const id = Math.ceil(Math.random() * READERS);
    await db.selectFrom('deliveries').select('status').where('subscriber_id', '=', id).execute();
    await sql`update deliveries set reason = null where id = ${id}`.execute(db);
    waits.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return waits.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(1);
}
