import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { buildTo } from '../../esbuild.config.ts';
import { readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/connect.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { type BenchEnvironment, openBenchEnvironment, WEEK, withContext } from './bench-environment.ts';
import { fillDatabase } from './million/fill.ts';
import { measurePage } from './million/pages.ts';
import { type IssueMeasure, measureIssue } from './million/sending.ts';
import { ROOT, runJob, startWeb } from './million/tree.ts';
import { readCpuMs } from './processes.ts';
import { REAL_SETTINGS, startWorker, stopWorker } from './worker.ts';

const SIZES = [10_000, 100_000, 1_000_000, 10_000_000];
/** Tables whose rows grow with the number of readers. */
const TABLES = ['subscribers', 'deliveries', 'batches', 'votes', 'casts', 'link_opens'] as const;
const CALLS_PER_SECOND = 10;

interface Size extends IssueMeasure {
  addresses: number;
  fill_s: number;
  tables: { name: string; rows: number; bytes: number }[];
  close_s: number;
  close_mb: number;
  issue_page_ms: number;
  studio_page_ms: number;
}

/**
 * One issue for ten thousand to `--to` readers (by default ten million, which takes half an hour): what each step
 * takes, how that grows from size to size, and how much space rows take on disk. Then how close lanes come to the
 * limits of their teams.
 */
export async function benchScale(): Promise<void> {
  const { values } = parseArgs({
    allowPositionals: true,
    options: { to: { type: 'string', default: String(SIZES.at(-1)) } },
  });
  const environment = await openBenchEnvironment();
  try {
    const sizes: Size[] = [];
    for (const readers of SIZES.filter((size) => size <= Number(values.to))) {
      sizes.push(await measureSize(environment, readers));
      printSize(sizes.at(-1)!, sizes.at(-2));
    }
    printTables(sizes.at(-1)!);
    await benchLanes(environment);
  } finally {
    await environment.close();
  }
}

async function measureSize(environment: BenchEnvironment, addresses: number): Promise<Size> {
  const databaseUrl = await environment.createEmptyDatabase();
  const started = performance.now();
  const { weeks } = await fillDatabase(databaseUrl, { readers: addresses, issues: 1, now: new Date() });
  const fill_s = (performance.now() - started) / 1_000;
  const newest = weeks.at(-1)!;
  const tables = await withContext(databaseUrl, ({ db }) => measureTables(db));
  const web = await startWeb(ROOT, databaseUrl);
  const [page, studio] = [
    await measurePage(`${web.url}/issues/${newest}`),
    await measurePage(`${web.url}/studio/issues/${newest}`),
  ];
  web.stop();
  const closed = await runJob(ROOT, databaseUrl, {
    file: 'votes/close/close.ts',
    name: 'closeVoting',
    args: [newest],
  });
  const issue = await measureIssue(environment, databaseUrl, newest);
  await environment.dropDatabase(databaseUrl);
  return {
    ...issue,
    addresses,
    fill_s,
    tables,
    close_s: closed.seconds,
    close_mb: closed.rss_mb,
    issue_page_ms: page.median_ms,
    studio_page_ms: studio.median_ms,
  };
}

/** For a partitioned table, the sum of all its partitions. */
async function measureTables(db: Db): Promise<Size['tables']> {
  const tables: Size['tables'] = [];
  for (const name of TABLES) {
    const { rows } = await sql<{ rows: number; bytes: number }>`
      select (select count(*) from ${sql.table(name)})::float8 as rows,
        coalesce((select sum(pg_total_relation_size(relid)) from pg_partition_tree(${name})),
          pg_total_relation_size(${name}))::float8 as bytes`.execute(db);
    tables.push({ name, ...rows[0]! });
  }
  return tables;
}

function printSize(size: Size, before: Size | undefined): void {
  const line = (name: string, value: number, unit: string, of: (other: Size) => number) =>
    console.log(
      `  ${name.padEnd(28)}${value.toFixed(value < 10 ? 2 : 0).padStart(9)} ${unit}` +
        (before ? `  ${(value / of(before)).toFixed(2)} times` : ''),
    );
  const growth = before
    ? `, ${(size.readers / before.readers).toFixed(1)} times the size before; beside each figure, how it has grown`
    : '';
  console.log(
    `\n${size.addresses.toLocaleString('en')} addresses, ${size.readers.toLocaleString('en')} recipients${growth}`,
  );
  line('fill', size.fill_s, 's', ({ fill_s }) => fill_s);
  line('prepare', size.prepare_s, 's', ({ prepare_s }) => prepare_s);
  line('  its memory', size.prepare_mb, 'MB', ({ prepare_mb }) => prepare_mb);
  line('send, without a limit', size.mails_per_second, 'mails a second', (other) => other.mails_per_second);
  line('  its memory', size.sender_mb, 'MB', ({ sender_mb }) => sender_mb);
  line(
    '  its CPU',
    1_000 * size.sender_cpu_ms_per_mail,
    'µs a mail',
    (other) => 1_000 * other.sender_cpu_ms_per_mail,
  );
  line('close the voting', size.close_s, 's', ({ close_s }) => close_s);
  line('  its memory', size.close_mb, 'MB', ({ close_mb }) => close_mb);
  line('page of the issue', size.issue_page_ms, 'ms', (other) => other.issue_page_ms);
  line('page of it in the studio', size.studio_page_ms, 'ms', (other) => other.studio_page_ms);
  const bytes = size.tables.reduce((sum, table) => sum + table.bytes, 0);
  line(
    'rows on disk',
    bytes / 1e6,
    'MB',
    ({ tables }) => tables.reduce((sum, table) => sum + table.bytes, 0) / 1e6,
  );
}

function printTables({ addresses, tables }: Size): void {
  console.log(`\nRows at ${addresses.toLocaleString('en')} addresses, with indexes:`);
  for (const { name, rows, bytes } of tables) {
    console.log(
      `  ${name.padEnd(14)}${(rows / addresses).toFixed(3)} an address, ${(bytes / Math.max(1, rows)).toFixed(0)} bytes each, ${(bytes / 1e9).toFixed(2)} GB`,
    );
  }
}

/** Sends the same issue through one, two and four teams, each with the default limit. */
async function benchLanes(environment: BenchEnvironment): Promise<void> {
  const readers = 40_000;
  const build = path.join(ROOT, 'node_modules/.cache/weekly-verdicts-lanes');
  await buildTo(build);
  console.log(`\n${readers.toLocaleString('en')} readers, ${CALLS_PER_SECOND} calls a second for each team`);
  try {
    for (const lanes of [1, 2, 4]) {
      const { per_second, cpu_share } = await measureLanes(environment, build, readers, lanes);
      const limit = 100 * CALLS_PER_SECOND * lanes;
      console.log(
        `  ${lanes} ${lanes === 1 ? 'lane ' : 'lanes'}  ${per_second.toFixed(0)} mails a second, ` +
          `${(per_second / limit).toFixed(3)} of the limits, ${(100 * cpu_share).toFixed(0)} % of one core`,
      );
    }
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

async function measureLanes(
  environment: BenchEnvironment,
  build: string,
  readers: number,
  lanes: number,
): Promise<{ per_second: number; cpu_share: number }> {
  const databaseUrl = await environment.createDatabase(readers);
  const settings = Object.fromEntries(
    Array.from({ length: lanes - 1 }, (_, index) => [
      [`MAIL_FROM_${index + 2}`, `Weekly Verdicts <verdicts@lane-${index + 2}.example>`],
      [`RESEND_API_KEY_${index + 2}`, `re_lane_${index + 2}`],
      [`RESEND_WEBHOOK_SECRET_${index + 2}`, REAL_SETTINGS.RESEND_WEBHOOK_SECRET],
    ]).flat(),
  );
  await withContext(databaseUrl, async (context) => {
    const { furtherLanes } = readConfig({ LOG_LEVEL: 'error', ...REAL_SETTINGS, ...settings });
    const senders = Object.fromEntries(furtherLanes.map((lane) => [lane.number, lane.mailFrom]));
    await sql`update issue_renderings set envelope = envelope || jsonb_build_object('senders', ${JSON.stringify(senders)}::jsonb)`.execute(
      context.db,
    );
    const config = { ...context.config, furtherLanes };
    await context.db.updateTable('send_rate').set({ calls_per_second: CALLS_PER_SECOND }).execute();
    await prepareIssue({ ...context, config }, WEEK);
    await sql`analyze`.execute(context.db);
  });
  return withContext(databaseUrl, async ({ db }) => {
    const worker = startWorker(build, databaseUrl, environment.sinkUrl, settings);
    // The sink accepts only whole batches, and the last batch of a lane may be incomplete.
    let left = true;
    while (left) {
      await sleep(100);
      const { rows } = await sql<{ left: number }>`
        select count(*)::int as left from batches where status <> 'settled' and mails = 100`.execute(db);
      left = rows[0]!.left > 0;
    }
    const cpu_ms = readCpuMs(worker.pid!);
    await stopWorker(worker);
    const { rows } = await sql<{ batches: number; seconds: number }>`
      select count(*)::int as batches, extract(epoch from max(settled_at) - min(settled_at))::float8 as seconds
      from batches where status = 'settled'`.execute(db);
    const { batches, seconds } = rows[0]!;
    return { per_second: ((batches - lanes) * 100) / seconds, cpu_share: cpu_ms / 1_000 / seconds };
  });
}
