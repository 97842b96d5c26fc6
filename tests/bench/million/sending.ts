import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { buildTo } from '../../../esbuild.config.ts';
import { addApprovedIssue, type BenchEnvironment, withContext } from '../bench-environment.ts';
import { readMemoryMb } from '../processes.ts';
import { startWorker, stopWorker } from '../worker.ts';
import { shiftWeek, type Week } from '../../../src/week.ts';
import type { JobMeasure, JobOrder } from './job.ts';

const BUILD = path.join(import.meta.dirname, '../../../node_modules/.cache/weekly-verdicts-sending');
const UNLIMITED = 1_000_000;

/** Prepares the week after `newest` for every reader, and sends a tenth of it. */
export async function benchIssue(
  { sinkUrl }: BenchEnvironment,
  databaseUrl: string,
  newest: Week,
  runJob: (order: JobOrder) => Promise<JobMeasure>,
): Promise<void> {
  const week = shiftWeek(newest, 1);
  await withContext(databaseUrl, async ({ db }) => {
    await addApprovedIssue(db, week, 1_000);
    await db.updateTable('send_rate').set({ calls_per_second: UNLIMITED }).execute();
  });
  const { seconds, rss_mb } = await runJob({
    file: 'sending/prepare/prepare-issue.ts',
    name: 'prepareIssue',
    args: [week],
  });
  console.log(`prepareIssue: ${seconds.toFixed(1)} s, ${rss_mb.toFixed(0)} MB`);
  await withContext(databaseUrl, async ({ db }) => sql`analyze deliveries, batches`.execute(db));
  await buildTo(BUILD);
  try {
    await sendTenth(databaseUrl, sinkUrl, week);
  } finally {
    rmSync(BUILD, { recursive: true, force: true });
  }
}

async function sendTenth(databaseUrl: string, sinkUrl: string, week: Week): Promise<void> {
  const batches = await countBatches(databaseUrl, week);
  const started = performance.now();
  const worker = startWorker(BUILD, databaseUrl, sinkUrl);
  let settled = 0;
  while (settled < batches.all / 10) {
    await sleep(250);
    settled = (await countBatches(databaseUrl, week)).settled;
  }
  const perMail_ms = (performance.now() - started) / settled / 100;
  const peak_mb = readMemoryMb(worker.pid!, 'VmHWM');
  await stopWorker(worker);
  console.log(
    `send: ${(1_000 / perMail_ms).toFixed(0)} mails a second, ${peak_mb.toFixed(0)} MB at the peak; ` +
      `all ${batches.all} batches would take ${((batches.all * 100 * perMail_ms) / 60_000).toFixed(0)} minutes`,
  );
}

async function countBatches(databaseUrl: string, week: Week): Promise<{ all: number; settled: number }> {
  return withContext(databaseUrl, async ({ db }) => {
    const { rows } = await sql<{ all: number; settled: number }>`
      select count(*) as all, count(*) filter (where batches.status = 'settled') as settled
      from batches join issues on issues.id = issue_id where week = ${week}`.execute(db);
    return rows[0]!;
  });
}
