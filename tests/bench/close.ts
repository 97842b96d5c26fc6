import { once } from 'node:events';
import { sql } from 'kysely';
import type { Context } from '../../src/context.ts';
import { voterKeySql } from '../../src/installation/installation.ts';
import {
  openBenchEnvironment,
  prepare,
  readLine,
  spawnBench,
  WEEK,
  withContext,
} from './bench-environment.ts';
import type { JobMeasure, JobOrder } from './million/job.ts';

const TOOLS = 6;
const VOTES = 1_000_000;
const VOTERS = Math.ceil(VOTES / TOOLS);
/** The percentage of voters who are new. */
const NEW_PERCENT = 5;
/** How many new voters joined from each network. */
const COHORT = 50;

/**
 * Closing an issue on which a million votes were cast: seconds and peak memory, and how much of them finding the crowds
 * takes.
 */
export async function benchClose(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    const databaseUrl = await environment.createDatabase(VOTERS);
    await prepare(databaseUrl, 10);
    const issueId = await withContext(databaseUrl, addVotes);
    const run = async (order: JobOrder) => {
      const child = spawnBench('million/job.ts', [process.cwd(), databaseUrl, JSON.stringify(order)]);
      const measure = (await readLine(child)) as JobMeasure;
      await once(child, 'exit');
      return `${measure.seconds.toFixed(2)} s, ${measure.rss_mb.toFixed(0)} MB`;
    };
    const crowds = { file: 'votes/crowds/judge-crowds.ts', name: 'judgeCrowds', args: [String(issueId)] };
    console.log(`finding the crowds among ${VOTES} votes: ${await run(crowds)}`);
    const close = { file: 'votes/close/close.ts', name: 'closeVoting', args: [WEEK] };
    console.log(`closing an issue with ${VOTES} votes: ${await run(close)} (goal 60 s, 300 MB)`);
  } finally {
    await environment.close();
  }
}

/**
 * Casts the votes, two hours after the mail and 70 % for Ship; one cohort of new readers in ten votes one way. Returns
 * the issue’s id.
 */
async function addVotes({ db, installation }: Context): Promise<number> {
  await sql`update deliveries set status = 'submitted', submitted_at = now() - interval '3 hours'`.execute(
    db,
  );
  await sql`update issues set status = 'sent'`.execute(db);
  await sql`
    insert into issue_comparisons (issue_id, comparison_slug, position, tool_a, tool_b)
    select issues.id, 'pair-' || n, n, 'tool-' || 2 * n - 1, 'tool-' || 2 * n
    from issues, generate_series(1, ${TOOLS / 2}::integer) as n`.execute(db);
  await sql`
    insert into casts (issue_id, voter_key, tool_slug, choice, way, cast_at, rendered_at, hand_at, is_remembered, is_new_reader,
      is_early, source_key, origins)
    select issue_id, voter_key, slug, choice, 'ballot', at, at - interval '20 seconds', at - interval '2 seconds', false, is_new, false,
      substring(sha256(convert_to('network ' || subscriber_id / 30, 'UTF8')) for 16),
      case when is_new then array[subscriber_id / ${COHORT}::integer] end
    from deliveries
    cross join (
      select row_number() over () as number, slug from (select unnest(array[tool_a, tool_b]) as slug from issue_comparisons limit ${TOOLS}) as tools
    ) as tool,
    lateral (
      select ${voterKeySql(installation, sql`subscriber_id`)} as voter_key,
        -- As the service writes it: to the millisecond.
        date_trunc('milliseconds', submitted_at + interval '2 hours' + make_interval(secs => 9 * tool.number)) as at,
        subscriber_id / ${COHORT}::integer % 100 < ${NEW_PERCENT}::integer as is_new
    ) as voter,
    lateral (
      select case when abs(hashint8(subscriber_id * 7 + number)) % 10 < 7 and not (is_new and subscriber_id / ${COHORT}::integer % 10 = 0)
        then 'ship' else 'skip' end as choice
    ) as chosen
    order by subscriber_id, number`.execute(db);
  await sql`
    insert into votes (issue_id, tool_slug, voter_key, choice, state, cast_at, changed_at)
    select issue_id, tool_slug, voter_key, choice, 'counted', cast_at, cast_at from casts`.execute(db);
  await sql`vacuum analyze`.execute(db);
  const { rows } = await sql<{ issue_id: number }>`select issue_id from casts limit 1`.execute(db);
  return rows[0]!.issue_id;
}
