import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import pg from 'pg';
import { readConfig } from '../../src/config/config.ts';
import { type Context, openContext } from '../../src/context.ts';
import { type Db, openDatabase, openPool } from '../../src/database/connect.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { recordIdentity } from '../../src/installation/identity.ts';
import { openLog } from '../../src/log.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import type { Week } from '../../src/week.ts';
import { benchContent, storeBenchRendering } from './mail.ts';
import type { Measure, Order } from './sender.tsx';

export const WEEK = '2026-W48';
/** The flags of `npm start`. */
export const NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4'];
/** The flags of a separate web process; see the README. */
export const WEB_FLAGS: readonly string[] = ['--max-semi-space-size=32'];

export interface BenchEnvironment {
  sinkUrl: string;
  /** A new database with this many active readers and an approved issue. */
  createDatabase: (readers: number) => Promise<string>;
  /** A new database whose tables are empty. */
  createEmptyDatabase: () => Promise<string>;
  dropDatabase: (databaseUrl: string) => Promise<void>;
  close: () => Promise<void>;
}

/** A PostgreSQL server configured as an operator's would be, and the sink. */
export async function openBenchEnvironment(): Promise<BenchEnvironment> {
  const home = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-bench-'));
  chmodSync(home, 0o755);
  const server = await openLocalPostgres(home, ['shared_buffers=512MB', 'max_wal_size=8GB']);
  const url = server.url.replace(/\/verdicts$/, '');
  await administer(url, 'create database bench_template');
  await makeTemplate(`${url}/bench_template`);
  const sink = spawnBench('sink.ts', []);
  const { url: sinkUrl } = (await readLine(sink)) as { url: string };
  let count = 0;
  return {
    sinkUrl,
    createDatabase: async (readers) => {
      count += 1;
      await administer(url, `create database bench_${count} template bench_template`);
      await withDatabase(`${url}/bench_${count}`, async (db) => {
        // Otherwise the service would detect that this database is a copy of the template.
        await recordIdentity(db, new Date());
        await addReaders(db, readers);
      });
      return `${url}/bench_${count}`;
    },
    createEmptyDatabase: async () => {
      count += 1;
      await administer(url, `create database bench_${count}`);
      await updateDatabase(`${url}/bench_${count}`, openLog('error'));
      await withDatabase(`${url}/bench_${count}`, (db) => recordIdentity(db, new Date()));
      return `${url}/bench_${count}`;
    },
    dropDatabase: (databaseUrl) =>
      administer(url, `drop database ${new URL(databaseUrl).pathname.slice(1)} with (force)`),
    close: async () => {
      sink.kill('SIGKILL');
      server.close();
      rmSync(home, { recursive: true, force: true, maxRetries: 50, retryDelay: 200 });
    },
  };
}

/** Sets the rate limit and prepares the issue; returns how long preparing took, in ms. */
export async function prepare(databaseUrl: string, callsPerSecond: number): Promise<number> {
  return withContext(databaseUrl, async (context) => {
    await context.db.updateTable('send_rate').set({ calls_per_second: callsPerSecond }).execute();
    const started = performance.now();
    await prepareIssue(context, WEEK);
    const took = performance.now() - started;
    await sql`analyze`.execute(context.db);
    return took;
  });
}

/** Runs one way of sending in a process of its own. */
export async function runSender(order: Order): Promise<Measure> {
  const child = spawnBench('sender.tsx', [JSON.stringify(order)]);
  const measure = (await readLine(child)) as Measure;
  await once(child, 'exit');
  return measure;
}

export async function withContext<Result>(
  databaseUrl: string,
  act: (context: Context) => Promise<Result>,
): Promise<Result> {
  const context = await openContext(readConfig({ LOG_LEVEL: 'error' }), databaseUrl, 'http://127.0.0.1:9');
  return act(context).finally(() => context.close());
}

async function withDatabase<Result>(url: string, act: (db: Db) => Promise<Result>): Promise<Result> {
  const db = openDatabase(openPool(url, 2));
  return act(db).finally(() => db.destroy());
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function makeTemplate(url: string): Promise<void> {
  await updateDatabase(url, openLog('error'));
  await withDatabase(url, (db) => addApprovedIssue(db, WEEK, 1));
}

/** Adds an issue that can be prepared and sent. */
export async function addApprovedIssue(db: Db, week: Week, number: number): Promise<void> {
  const now = new Date();
  const json = '{}';
  const { id } = await db
    .insertInto('issues')
    .values({
      week,
      number,
      status: 'approved',
      content: JSON.stringify(benchContent),
      content_hash: '',
      made_from: json,
      choice: json,
      edits: '{}',
      cut_off_at: now,
      drafted_at: now,
      approved_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await storeBenchRendering(db, id, now);
}

async function addReaders(db: Db, readers: number): Promise<void> {
  await sql`
    insert into subscribers (email, status, consent_source, requested_at, confirmed_at)
    select 'reader.' || number || '@readers.example.net', 'active', 'bench', '2026-01-01', '2026-01-01'
    from generate_series(1, ${readers}::integer) as number`.execute(db);
  await sql`vacuum analyze subscribers`.execute(db);
}

export function spawnBench(script: string, args: string[], flags = NODE_FLAGS): ChildProcess {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [...flags, '--import', 'tsx', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

export async function readLine(child: ChildProcess): Promise<unknown> {
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [''])])) as [
    string,
  ];
  if (!line) {
    throw new Error('a process of the bench ended without a result');
  }
  return JSON.parse(line);
}
