import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { buildTo } from '../../esbuild.config.ts';
import {
  type BenchEnvironment,
  openBenchEnvironment,
  prepare,
  runSender,
  withContext,
} from './bench-environment.ts';
import { readCpuMs, readCpuOfTreeMs, readMemoryMb } from './processes.ts';
import { startWorker, stopWorker } from './worker.ts';

const ROUNDS = 3;
const READERS = 200_000;
const UNLIMITED = 1_000_000;
/** How long a worker takes after its start until it is idle. */
const SETTLE_MS = 3_000;
const BUILD = path.join(import.meta.dirname, '../../node_modules/.cache/weekly-verdicts-ledger');

interface Cost {
  postgres_us: number;
  wal_bytes: number;
  disk_bytes: number;
  hot: number;
  sender_us: number;
  raw_us: number;
  peak_mb: number;
}

/** What each mail costs PostgreSQL and the built worker while a prepared issue goes out. Linux only. */
export async function benchLedger(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    await buildTo(BUILD);
    const costs: Cost[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      process.stderr.write(`round ${round} of ${ROUNDS}\n`);
      costs.push(await measureIssue(environment));
    }
    report(costs);
  } finally {
    await environment.close();
    rmSync(BUILD, { recursive: true, force: true });
  }
}

async function measureIssue(environment: BenchEnvironment): Promise<Cost> {
  const databaseUrl = await environment.createDatabase(READERS);
  await prepare(databaseUrl, UNLIMITED);
  const before = await readCounters(databaseUrl);
  const worker = startWorker(BUILD, databaseUrl, environment.sinkUrl);
  await waitUntilSent(databaseUrl);
  const sender_ms = readCpuMs(worker.pid!);
  const peak_mb = readMemoryMb(worker.pid!, 'VmHWM');
  await stopWorker(worker);
  const after = await readCounters(databaseUrl);
  const idle = startWorker(BUILD, databaseUrl, environment.sinkUrl);
  await sleep(SETTLE_MS);
  const idle_ms = readCpuMs(idle.pid!);
  await stopWorker(idle);
  const raw = await runSender({
    way: 'floor',
    readers: READERS,
    sinkUrl: environment.sinkUrl,
    databaseUrl: '',
  });
  return {
    postgres_us: (1_000 * (after.cpu_ms - before.cpu_ms)) / READERS,
    wal_bytes: (after.wal_bytes - before.wal_bytes) / READERS,
    disk_bytes: after.disk_bytes / READERS,
    hot: (after.hot - before.hot) / (after.updates - before.updates),
    sender_us: (1_000 * (sender_ms - idle_ms)) / READERS,
    raw_us: (1_000 * raw.cpu_ms) / READERS,
    peak_mb,
  };
}

function report(costs: readonly Cost[]): void {
  const median = (read: (cost: Cost) => number) =>
    costs.map(read).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)] ?? Number.NaN;
  console.log(
    `A mail of ${READERS} costs PostgreSQL ${median((cost) => cost.postgres_us).toFixed(1)} µs of CPU, ` +
      `${median((cost) => cost.wal_bytes).toFixed(0)} bytes of WAL and ${median((cost) => cost.disk_bytes).toFixed(0)} bytes of ` +
      `disk with indexes; ${(100 * median((cost) => cost.hot)).toFixed(0)} % of the updates are HOT (goals 30, 450, 160)`,
  );
  console.log(
    `It costs the built worker ${median((cost) => cost.sender_us).toFixed(1)} µs, ` +
      `${median((cost) => cost.sender_us / cost.raw_us).toFixed(2)} times the raw connection; ` +
      `${median((cost) => cost.peak_mb).toFixed(0)} MB at its peak (goals 2.5 times, 130 MB)`,
  );
}

async function waitUntilSent(databaseUrl: string): Promise<void> {
  await withContext(databaseUrl, async ({ db }) => {
    while ((await db.selectFrom('issues').select('status').executeTakeFirstOrThrow()).status !== 'sent') {
      await sleep(100);
    }
  });
}

async function readCounters(databaseUrl: string) {
  return withContext(databaseUrl, async ({ db }) => {
    await sql`select pg_stat_force_next_flush()`.execute(db);
    const { rows } = await sql<{
      wal_bytes: number;
      disk_bytes: number;
      updates: number;
      hot: number;
      postmaster: string;
    }>`
      select (pg_current_wal_insert_lsn() - '0/0')::float8 as wal_bytes, pg_total_relation_size('deliveries')::float8 as disk_bytes,
        n_tup_upd::float8 as updates, n_tup_hot_upd::float8 as hot,
        split_part(pg_read_file('postmaster.pid'), E'\n', 1) as postmaster
      from pg_stat_user_tables where relname = 'deliveries'`.execute(db);
    const row = rows[0]!;
    return { ...row, cpu_ms: readCpuOfTreeMs(Number(row.postmaster)) };
  });
}
