import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { type Context, openContext } from '../../src/context.ts';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { recordIdentity } from '../../src/installation/identity.ts';
import { type LocalPostgres, openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { openLog } from '../../src/log.ts';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { prepareIssue } from '../../src/sending/prepare/prepare-issue.ts';
import { requeueStalled } from '../../src/sending/prepare/requeue-stalled.ts';
import { listOpenRecipients } from '../../src/sending/deliveries/list-recipients.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import { createApp } from '../../src/web/app.tsx';
import { shiftWeek } from '../../src/week.ts';
import { addApprovedIssue, withContext } from '../bench/bench-environment.ts';
import { fillDatabase, type Filled } from '../bench/million/fill.ts';
import { JOBS, PAGES } from '../bench/million/lines.ts';

const READERS = 100_000;
const ISSUES = 10;
/** What a statement may read, in blocks of 8 kB: the same each time, however fast the machine is. */
const BLOCKS_ALLOWED = 3_000;
/** More for each row that it passes on, such as through the indexes of the tables that the row is looked up in. */
const BLOCKS_ALLOWED_PER_ROW = 30;
/** A scan is the right plan for a table that is this small, as some are in this test. */
const BLOCKS_OF_A_SMALL_TABLE = 50;
/** Rows that a statement may read and drop; one that compares everything with everything drops more. */
const DROPPED_ALLOWED = 200_000;
const BIG_TABLES = ['deliveries', 'votes', 'casts', 'delivery_events', 'subscribers', 'link_opens'];
const SERVER_FLAGS = [
  'session_preload_libraries=auto_explain',
  'shared_buffers=256MB',
  'max_wal_size=4GB',
  'fsync=off',
  'full_page_writes=off',
];
/** PostgreSQL reports each statement with its plan to the client that runs it. */
const EXPLAIN_SETTINGS = {
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_buffers': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  'auto_explain.log_level': 'notice',
};

interface Statement {
  text: string;
  blocks: number;
  blocks_allowed: number;
  /** Rows that were read and then not needed. */
  dropped: number;
  scanned: string[];
}

/** Statements that have to read all of an issue's rows; they run in no request, and under no lock that a reader waits for. */
const WHOLE_ISSUE = [
  /voted as materialized/,
  /with key as materialized/,
  /insert into tallies/,
  /min\(cast_at\) as cast_at from casts/,
  // Counts for staff: kept for a while, and counted again in the background.
  /with joins_and_leaves as/,
  /select width_bucket\(unsubscribed_at/,
  /as readers from subscribers where/,
];

let server: LocalPostgres;
let context: Context;
let filled: Filled;
let web: Server;
const home = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-scale-'));
const statements: Statement[] = [];

beforeAll(async () => {
  chmodSync(home, 0o755);
  server = await openLocalPostgres(home, SERVER_FLAGS);
  await updateDatabase(server.url, openLog('error'));
  const db = openDatabase(openPool(server.url, 2));
  await recordIdentity(db, new Date());
  filled = await fillDatabase(server.url, { readers: READERS, issues: ISSUES, now: new Date() });
  // Rows from before there were sums are added to them once.
  await withContext(server.url, learnMailClasses);
  for (const [name, value] of Object.entries(EXPLAIN_SETTINGS)) {
    await sql`alter role current_user set ${sql.ref(name)} = ${sql.lit(value)}`.execute(db);
  }
  await db.destroy();
  collectStatements();
  context = await openContext(readConfig({ LOG_LEVEL: 'error' }), server.url, 'http://127.0.0.1:9');
  web = createAdaptorServer({ fetch: createApp(context).fetch }) as Server;
  web.listen(0, '127.0.0.1');
  await once(web, 'listening');
}, 300_000);

afterAll(async () => {
  web.close();
  await context.close();
  server.close();
  rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
});

// A search for a part of an address reads every address; see docs/performance.md.
const READ = PAGES.filter(({ form }) => form === undefined);

test.each(READ.map(({ path: page }) => page))('%s reads little of the data', async (page) => {
  await expectSmall(async () => {
    const { port } = web.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${withWeeks(page)}`);
    expect(response.status).toBe(200);
    await response.text();
  });
});

test('the mails that need a decision are found without reading all', async () => {
  await expectSmall(() => listOpenRecipients(context.db, filled.issue_id, 'unknown', 20));
});

test.each(JOBS)('the job $name reads little of the data', { timeout: 60_000 }, async (job) => {
  const module = (await import(/* @vite-ignore */ `../../src/${job.file}`)) as Record<
    string,
    (context: Context, ...args: string[]) => Promise<unknown>
  >;
  await expectSmall(() => module[job.name]!(context, ...job.args.map(withWeeks)));
});

test('batches that have lost their job are found before there are statistics about them', async () => {
  const week = shiftWeek(filled.weeks.at(-1)!, 1);
  await addApprovedIssue(context.db, week, 1_000);
  await prepareIssue(context, week);
  await expectSmall(() => requeueStalled(context));
});

async function expectSmall(run: () => Promise<unknown>): Promise<void> {
  statements.length = 0;
  await run();
  const isExempt = ({ text }: Statement) => WHOLE_ISSUE.some((pattern) => pattern.test(text));
  const found = statements.filter(
    ({ scanned, blocks, blocks_allowed, dropped }) =>
      (scanned.length > 0 && blocks > BLOCKS_OF_A_SMALL_TABLE) ||
      blocks > blocks_allowed ||
      dropped > DROPPED_ALLOWED,
  );
  expect(statements.length).toBeGreaterThan(0);
  expect(found.filter((statement) => !isExempt(statement))).toEqual([]);
}

function collectStatements(): void {
  const connect = pg.Client.prototype.connect as (this: pg.Client, ...args: unknown[]) => unknown;
  pg.Client.prototype.connect = function (this: pg.Client, ...args: unknown[]) {
    this.on('notice', ({ message }) => {
      const [, json] = /^duration: [\d.]+ ms\s+plan:\s*(\{[^]*)$/.exec(message ?? '') ?? [];
      if (json) {
        const { 'Query Text': text, Plan } = JSON.parse(json) as { 'Query Text': string; Plan: PlanNode };
        statements.push({
          text: text.slice(0, 300),
          blocks: Plan['Shared Hit Blocks'] + Plan['Shared Read Blocks'],
          blocks_allowed: BLOCKS_ALLOWED + BLOCKS_ALLOWED_PER_ROW * mostRowsOf(Plan),
          dropped: droppedBy(Plan),
          scanned: scannedBy(Plan),
        });
      }
    });
    return connect.apply(this, args);
  } as typeof pg.Client.prototype.connect;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  /** Including those of the nodes below. */
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: PlanNode[];
}

/** The rows of the node that passes on the most; rows that a filter drops are not counted. */
function mostRowsOf(node: PlanNode): number {
  return Math.max(node['Actual Rows'] * node['Actual Loops'], ...(node.Plans ?? []).map(mostRowsOf));
}

function droppedBy(node: PlanNode): number {
  const perLoop = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Join Filter'] ?? 0);
  return (node.Plans ?? []).reduce((sum, below) => sum + droppedBy(below), perLoop * node['Actual Loops']);
}

function scannedBy(node: PlanNode): string[] {
  const name = node['Relation Name'] ?? '';
  const own = node['Node Type'] === 'Seq Scan' && BIG_TABLES.includes(name) ? [name] : [];
  return [...own, ...(node.Plans ?? []).flatMap(scannedBy)];
}

function withWeeks(text: string): string {
  return text.replace('WEEK', filled.weeks.at(-1) ?? '').replace('CLOSED', filled.weeks.at(-2) ?? '');
}
