import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { buildTo } from '../../../esbuild.config.ts';
import { addApprovedIssue, type BenchEnvironment, withContext } from '../bench-environment.ts';
import { readCpuMs, readMemoryMb } from '../processes.ts';
import { startWorker, stopWorker } from '../worker.ts';
import { shiftWeek, type Week } from '../../../src/week.ts';
import { ROOT, runJob } from './tree.ts';

const BUILD = path.join(import.meta.dirname, '../../../node_modules/.cache/weekly-verdicts-sending');
const UNLIMITED = 1_000_000;

export interface IssueMeasure {
  readers: number;
  prepare_s: number;
  prepare_mb: number;
  mails_per_second: number;
  /** The peak memory of the sending process. */
  sender_mb: number;
  sender_cpu_ms_per_mail: number;
}

/** Prepares the week after `newest` for every reader, and sends a tenth of it without a limit. */
export async function measureIssue(
  { sinkUrl }: BenchEnvironment,
  databaseUrl: string,
  newest: Week,
): Promise<IssueMeasure> {
  const week = shiftWeek(newest, 1);
  await withContext(databaseUrl, async ({ db }) => {
    await addApprovedIssue(db, week, 1_000);
    await db.updateTable('send_rate').set({ calls_per_second: UNLIMITED }).execute();
  });
  const { seconds, rss_mb } = await runJob(ROOT, databaseUrl, {
    file: 'sending/prepare/prepare-issue.ts',
    name: 'prepareIssue',
    args: [week],
  });
  await withContext(databaseUrl, async ({ db }) => sql`analyze deliveries, batches`.execute(db));
  await buildTo(BUILD);
  try {
    const sent = await sendTenth(databaseUrl, sinkUrl, week);
    return { prepare_s: seconds, prepare_mb: rss_mb, ...sent };
  } finally {
    rmSync(BUILD, { recursive: true, force: true });
  }
}

async function sendTenth(databaseUrl: string, sinkUrl: string, week: Week) {
  const batches = await countBatches(databaseUrl, week);
  const started = performance.now();
  const worker = startWorker(BUILD, databaseUrl, sinkUrl);
  let settled = 0;
  while (settled < batches.all / 10) {
    await sleep(250);
    settled = (await countBatches(databaseUrl, week)).settled;
  }
  const mails = settled * 100;
  const mails_per_second = (1_000 * mails) / (performance.now() - started);
  const sender_mb = readMemoryMb(worker.pid!, 'VmHWM');
  const sender_cpu_ms_per_mail = readCpuMs(worker.pid!) / mails;
  await stopWorker(worker);
  return { readers: batches.readers, mails_per_second, sender_mb, sender_cpu_ms_per_mail };
}

async function countBatches(
  databaseUrl: string,
  week: Week,
): Promise<{ all: number; settled: number; readers: number }> {
  return withContext(databaseUrl, async ({ db }) => {
    const { rows } = await sql<{ all: number; settled: number; readers: number }>`
      select count(*) as all, sum(mails) as readers, count(*) filter (where batches.status = 'settled') as settled
      from batches join issues on issues.id = issue_id where week = ${week}`.execute(db);
    return rows[0]!;
  });
}
