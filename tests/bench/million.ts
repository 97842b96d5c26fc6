import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { readConfig } from '../../src/config/config.ts';
import type { Db } from '../../src/database/connect.ts';
import { deriveLinkKeys, signPage, signVote } from '../../src/links/tokens.ts';
import { learnMailClasses } from '../../src/votes/learn/learn-mail-classes.ts';
import type { Week } from '../../src/week.ts';
import { type BenchEnvironment, openBenchEnvironment, withContext } from './bench-environment.ts';
import { benchCommands } from './million/commands.ts';
import { fillDatabase, type Filled } from './million/fill.ts';
import { type Job, JOBS, type Line, type Page, PAGES } from './million/lines.ts';
import { measureIssue } from './million/sending.ts';
import { measurePage, type PageMeasure } from './million/pages.ts';
import { ROOT, runJob, startWeb } from './million/tree.ts';

const VOTE_EVERY_MS = 100;

/**
 * Pages and jobs of a newsletter that has sent to a million readers for ten weeks. `--beside FOLDER` names a checkout
 * of another version, with its packages installed, which is measured first, on the same database; `--only NAME,…` runs
 * only these lines of the lists, or `export`, `import`, `commands` or `sending`.
 */
export function benchMillion(): Promise<void> {
  return benchLines();
}

/** Only the studio's pages, with a year of issues. */
export function benchStudio(): Promise<void> {
  return benchLines({
    issues: '52',
    only: PAGES.map(({ name }) => name)
      .filter((name) => name.startsWith('studio '))
      .join(','),
  });
}

/** Importing and exporting a list of a million readers, compared with COPY of the same rows. */
export function benchImport(): Promise<void> {
  return benchLines({ issues: '1', only: 'export,import' });
}

async function benchLines(given: { issues?: string; only?: string } = {}): Promise<void> {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      readers: { type: 'string', default: '1000000' },
      issues: { type: 'string', default: given.issues ?? '10' },
      beside: { type: 'string' },
      only: { type: 'string', ...(given.only === undefined ? {} : { default: given.only }) },
    },
  });
  const environment = await openBenchEnvironment();
  try {
    const databaseUrl = await environment.createEmptyDatabase();
    const started = performance.now();
    const now = new Date();
    const fill = { readers: Number(values.readers), issues: Number(values.issues), now };
    const filled = await fillDatabase(databaseUrl, fill);
    await withContext(databaseUrl, async (context) => {
      await keepState(context.db);
      const counting = performance.now();
      await learnMailClasses(context);
      console.log(
        `the existing votes and openings were counted in ${((performance.now() - counting) / 1_000).toFixed(0)} s, once`,
      );
    });
    console.log(`filled in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
    const trees = values.beside === undefined ? [ROOT] : [path.resolve(values.beside), ROOT];
    const only = values.only?.split(',');
    const isChosen = ({ name }: Pick<Line, 'name'>) => only === undefined || only.includes(name);
    await benchPages(databaseUrl, filled.weeks, trees, PAGES.filter(isChosen));
    const parts = (['commands', 'export', 'import'] as const).filter((name) => isChosen({ name }));
    await benchCommands(databaseUrl, await environment.createEmptyDatabase(), parts);
    await benchJobs(databaseUrl, filled, trees, JOBS.filter(isChosen));
    if (isChosen({ name: 'sending' })) {
      await benchIssue(environment, databaseUrl, filled.weeks.at(-1)!);
    }
  } finally {
    await environment.close();
  }
}

async function benchIssue(environment: BenchEnvironment, databaseUrl: string, newest: Week): Promise<void> {
  const { prepare_s, prepare_mb, mails_per_second, sender_mb, readers } = await measureIssue(
    environment,
    databaseUrl,
    newest,
  );
  console.log(`prepareIssue: ${prepare_s.toFixed(1)} s, ${prepare_mb.toFixed(0)} MB`);
  console.log(
    `send: ${mails_per_second.toFixed(0)} mails a second, ${sender_mb.toFixed(0)} MB at the peak; ` +
      `all ${readers} would take ${(readers / mails_per_second / 60).toFixed(0)} minutes`,
  );
}

/** Keeps what the jobs change, so that each checkout starts from the same state. */
async function keepState(db: Db): Promise<void> {
  await sql`create table bench_engaged as select id, engaged_at as at from subscribers where id % 10 = 7`.execute(
    db,
  );
  await sql`create table bench_votes as
    select * from votes where issue_id = (select max(id) from issues)`.execute(db);
}

async function benchPages(
  databaseUrl: string,
  weeks: readonly Week[],
  trees: readonly string[],
  pages: readonly Page[],
): Promise<void> {
  for (const { name, path: page, form, goal } of pages) {
    const measures: PageMeasure[] = [];
    for (const tree of trees) {
      const server = await startWeb(tree, databaseUrl);
      measures.push(await measurePage(server.url + withWeeks(page, weeks), form));
      server.stop();
    }
    const words = measures.map(
      ({ first_ms, median_ms, per_second, bytes }) =>
        `${median_ms.toFixed(1)} ms (first ${first_ms.toFixed(0)} ms), ${per_second.toFixed(0)} a second, ${(bytes / 1_000).toFixed(0)} kB`,
    );
    console.log(`${name}: ${words.join(' → ')} (goal ${goal})`);
  }
}

async function benchJobs(
  databaseUrl: string,
  filled: Filled,
  trees: readonly string[],
  jobs: readonly Job[],
): Promise<void> {
  for (const { name, goal, reset, ...order } of jobs) {
    const words: string[] = [];
    for (const tree of trees) {
      await withContext(databaseUrl, async ({ db }) => {
        await (reset ? sql.raw(reset).execute(db) : undefined);
        await sql`vacuum analyze subscribers, votes`.execute(db);
      });
      const job = { ...order, name, args: order.args.map((arg) => withWeeks(arg, filled.weeks)) };
      const server = await startWeb(tree, databaseUrl);
      const voters = name === 'closeVoting' ? await startVoters(server.url, filled) : undefined;
      const { seconds, rss_mb } = await runJob(tree, databaseUrl, job);
      const waited = voters ? `, a voter waited at most ${(await voters.stop()).toFixed(0)} ms` : '';
      words.push(`${seconds.toFixed(2)} s, ${rss_mb.toFixed(0)} MB${waited}`);
      server.stop();
    }
    console.log(`${name}: ${words.join(' → ')} (goal ${goal})`);
  }
}

function withWeeks(text: string, weeks: readonly Week[]): string {
  return text.replace('WEEK', weeks.at(-1) ?? '').replace('CLOSED', weeks.at(-2) ?? '');
}

/** Has readers of the newest issue vote one after the other; `stop` resolves to the longest wait in milliseconds. */
async function startVoters(
  url: string,
  { issue_id, tool }: Filled,
): Promise<{ stop: () => Promise<number> }> {
  const keys = deriveLinkKeys(readConfig({ LOG_LEVEL: 'silent' }).linkSecrets);
  const stopping = new AbortController();
  let longest_ms = 0;
  const vote = async (subscriber_id: number) => {
    const ballot = { issue_id, subscriber_id };
    const body = new URLSearchParams({
      page: signPage(keys, ballot, new Date(Date.now() - 5_000), `${tool}/ship`),
      way: 'button',
      hand: 'pointerdown@900',
    });
    const started = performance.now();
    await fetch(`${url}/v/${signVote(keys, ballot)}/${tool}/ship`, {
      method: 'POST',
      headers: { Origin: url },
      body,
      redirect: 'manual',
    });
    longest_ms = Math.max(longest_ms, performance.now() - started);
  };
  // The server has just started, so its first vote waits for its first connections.
  await vote(2);
  longest_ms = 0;
  const voting = (async () => {
    for (let reader = 12; !stopping.signal.aborted; reader += 10) {
      await vote(reader);
      await sleep(VOTE_EVERY_MS);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await voting;
      return longest_ms;
    },
  };
}
