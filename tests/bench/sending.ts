import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { waitForSlot } from '../../src/sending/limits/rate-limit.ts';
import { type Growth, plotGrowth } from './plot.ts';
import type { Measure, Order } from './sender.tsx';
import {
  openBenchEnvironment,
  prepare,
  runSender,
  type BenchEnvironment,
  withContext,
} from './bench-environment.ts';
import { median } from './median.ts';

type Way = Order['way'];

const ROUNDS = 5;
/** Enough readers for each way that starting up does not matter: a round takes about a second or more. */
const READERS: Record<Way, number> = {
  render: 200,
  react: 600,
  spliced: 3_000,
  ours: 200_000,
  floor: 100_000,
};
const NAMES: Record<Way, string> = {
  render: '(a) rendered per reader, emails.send',
  react: '(b) react: in batch.send',
  spliced: '(c) strings spliced, batch.send',
  ours: '(d) ours, whole',
  floor: '(e) prepared bytes, raw connection',
};
const WAYS = Object.keys(READERS) as Way[];
const SIZES = [1_000, 10_000, 100_000, 1_000_000];
const UNLIMITED = 1_000_000;
const DEFAULT_LIMIT = 10;

/**
 * Compares ways of sending, then measures ours with more and more readers and at the provider's limit. `PLOT=FILE`
 * draws the growth.
 */
export async function benchSending(): Promise<void> {
  const environment = await openBenchEnvironment();
  try {
    console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}\n`);
    await compareWays(environment);
    const growth = await measureGrowth(environment);
    await measureLimit(environment);
    if (process.env.PLOT) {
      writeFileSync(process.env.PLOT, await plotGrowth(growth));
    }
  } finally {
    await environment.close();
  }
}

async function compareWays(environment: BenchEnvironment): Promise<void> {
  const measures = new Map<Way, Measure[]>(WAYS.map((way) => [way, []]));
  for (let round = 1; round <= ROUNDS; round++) {
    process.stderr.write(`round ${round} of ${ROUNDS}\n`);
    for (const way of WAYS) {
      measures.get(way)?.push(await runWay(environment, way, READERS[way]));
    }
  }
  const cpuOf = (way: Way) =>
    median((measures.get(way) ?? []).map(({ cpu_ms, readers }) => cpu_ms / readers));
  const wallOf = (way: Way) =>
    median((measures.get(way) ?? []).map(({ wall_ms, readers }) => wall_ms / readers));
  console.log(`Per recipient, medians of ${ROUNDS} interleaved rounds, CPU of the sending process:`);
  for (const way of WAYS) {
    console.log(
      `${NAMES[way].padEnd(38)} CPU ${cpuOf(way).toFixed(4)} ms  wall ${wallOf(way).toFixed(4)} ms  ` +
        `${(cpuOf(way) / cpuOf('ours')).toFixed(1)} times ours`,
    );
  }
}

async function runWay(environment: BenchEnvironment, way: Way, readers: number): Promise<Measure> {
  if (way !== 'ours') {
    return runSender({ way, readers, sinkUrl: environment.sinkUrl, databaseUrl: '' });
  }
  const databaseUrl = await environment.createDatabase(readers);
  await prepare(databaseUrl, UNLIMITED);
  return runSender({ way, readers, sinkUrl: environment.sinkUrl, databaseUrl });
}

async function measureGrowth(environment: BenchEnvironment): Promise<Growth[]> {
  console.log('\nOurs as the newsletter grows; prepare beside a bare insert … select of the same rows:');
  const growth: Growth[] = [];
  for (const readers of SIZES) {
    const databaseUrl = await environment.createDatabase(readers);
    const bare_ms = await insertBare(databaseUrl);
    const prepare_ms = await prepare(databaseUrl, UNLIMITED);
    const measure = await runSender({ way: 'ours', readers, sinkUrl: environment.sinkUrl, databaseUrl });
    const grown = {
      readers,
      cpu_ms: measure.cpu_ms / readers,
      wall_ms: measure.wall_ms / readers,
      memory_mb: measure.peak_mb - measure.idle_mb,
      prepare_ms,
      bare_ms,
    };
    growth.push(grown);
    console.log(
      `${String(readers).padStart(9)}  CPU ${grown.cpu_ms.toFixed(4)} ms  ${Math.round(1 / (grown.wall_ms / 1000))}/s  ` +
        `memory +${grown.memory_mb.toFixed(0)} MB  prepare ${prepare_ms.toFixed(0)} ms, bare ${bare_ms.toFixed(0)} ms: ` +
        `${(prepare_ms / bare_ms).toFixed(2)} times`,
    );
  }
  return growth;
}

/** The lower bound for `prepare`: inserting the same rows into a table with the same columns and indexes. */
async function insertBare(databaseUrl: string): Promise<number> {
  return withContext(databaseUrl, async ({ db }) => {
    await sql`create table bare (like deliveries including all)`.execute(db);
    const started = performance.now();
    await sql`
      insert into bare (issue_id, subscriber_id, batch_id, position, status, queued_at)
      select 1, id, id / 100, id % 100, 'queued', now() from subscribers`.execute(db);
    const took = performance.now() - started;
    await sql`drop table bare`.execute(db);
    return took;
  });
}

async function measureLimit(environment: BenchEnvironment): Promise<void> {
  const readers = 20_000;
  const databaseUrl = await environment.createDatabase(readers);
  await prepare(databaseUrl, DEFAULT_LIMIT);
  const done = new AbortController();
  const waits = waitAsPersonal(databaseUrl, done.signal);
  const order: Order = { way: 'ours', readers, sinkUrl: environment.sinkUrl, databaseUrl };
  const { cpu_ms, wall_ms } = await runSender(order).finally(() => done.abort());
  console.log(
    `\nAt the default limit of ${DEFAULT_LIMIT} calls a second: ${Math.round(readers / (wall_ms / 1000))} mails a second, ` +
      `${((100 * cpu_ms) / wall_ms).toFixed(1)} % of one core; a confirmation in between waited ` +
      `${Math.max(...(await waits)).toFixed(0)} ms at the most`,
  );
}

/**
 * Acts as another process that sends a confirmation twice a second; returns how long each waits for its call, in ms.
 */
function waitAsPersonal(databaseUrl: string, done: AbortSignal): Promise<number[]> {
  return withContext(databaseUrl, async (context) => {
    const waits: number[] = [];
    while (!done.aborted) {
      const started = performance.now();
      await waitForSlot(context, 'personal', { number: 1, team: 1 });
      waits.push(performance.now() - started);
      await sleep(500);
    }
    return waits;
  });
}
