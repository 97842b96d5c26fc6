import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findFreePort } from '../../support/free-port.ts';
import pg from 'pg';
import { buildTo } from '../../../esbuild.config.ts';
import { median } from '../median.ts';
import { NODE_FLAGS } from '../bench-environment.ts';
import { readCpuMs, readMemoryMb } from '../processes.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const SAMPLE_MS = 20;
const IDLE_MS = 60_000;
const EXPORT_ROUNDS = 5;
/** How long to wait until the garbage of starting has been collected, and the process asks for work less often. */
const SETTLE_MS = 35_000;

interface Run {
  seconds: number;
  /** Peak memory. */
  rss_mb: number;
}

type Part = 'commands' | 'export' | 'import';

/** The built command line on a big database, compared with PostgreSQL's own COPY; `emptyUrl` is a database to import into. */
export async function benchCommands(
  databaseUrl: string,
  emptyUrl: string,
  parts: readonly Part[],
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-commands-'));
  // Among the packages, so that its imports are found.
  const build = path.join(ROOT, 'node_modules/.cache/weekly-verdicts-bench');
  const verdicts = (url: string, args: readonly string[], to?: string) =>
    measure([path.join(build, 'src/verdicts.js'), ...args], url, to);
  const runs: Record<Part, () => Promise<void>> = {
    commands: async () => {
      report('verdicts --help', await verdicts(databaseUrl, ['--help']), '0.15 s');
      report('verdicts issue list', await verdicts(databaseUrl, ['issue', 'list']), '0.3 s');
      report('issue recipients', await verdicts(databaseUrl, ['issue', 'recipients', 'latest']), '150 MB');
      await benchStart(path.join(build, 'src/verdicts.js'), emptyUrl);
    },
    export: () => benchExport(databaseUrl, folder, verdicts),
    import: () => benchImport(databaseUrl, emptyUrl, verdicts),
  };
  try {
    await buildTo(build);
    // The first run writes V8's compile cache for the build.
    await verdicts(databaseUrl, ['issue', 'list']);
    for (const part of parts) {
      await runs[part]();
    }
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(build, { recursive: true, force: true });
  }
}

type Verdicts = (url: string, args: readonly string[], to?: string) => Promise<Run>;

const LISTED = `email, 'old list' as consent_source, 
  to_char(coalesce(confirmed_at, requested_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as confirmed_at`;
const COPIED = `email, 'active' as status, 'old list' as consent_source, requested_at, coalesce(confirmed_at, requested_at)`;

/** Alternates between COPY and the export, because each varies by a fifth from run to run. */
async function benchExport(databaseUrl: string, folder: string, verdicts: Verdicts): Promise<void> {
  // The server itself writes this file, to the same disk.
  const copied = `${tmpdir()}/weekly-verdicts-copied-${process.pid}`;
  const copies: number[] = [];
  const exports: Run[] = [];
  while (exports.length < EXPORT_ROUNDS) {
    copies.push(await timeStatement(databaseUrl, `copy subscribers to '${copied}' (format csv)`));
    rmSync(copied);
    exports.push(await verdicts(databaseUrl, ['subscribers', 'export'], path.join(folder, 'export.csv')));
  }
  const copyTo = median(copies);
  const seconds = median(exports.map((run) => run.seconds));
  const rss_mb = Math.max(...exports.map((run) => run.rss_mb));
  report(
    'subscribers export',
    { seconds, rss_mb },
    `1.3 times COPY, ${copyTo.toFixed(1)} s`,
    seconds / copyTo,
  );
}

async function benchImport(databaseUrl: string, emptyUrl: string, verdicts: Verdicts): Promise<void> {
  // The server itself writes and reads these files.
  const [list, rows] = ['list', 'rows'].map((name) => `${tmpdir()}/weekly-verdicts-${name}-${process.pid}`);
  await timeStatement(
    databaseUrl,
    `copy (select ${LISTED} from subscribers) to '${list}' (format csv, header)`,
  );
  await timeStatement(databaseUrl, `copy (select ${COPIED} from subscribers) to '${rows}'`);
  const copyFrom = await timeStatement(
    emptyUrl,
    `copy subscribers (email, status, consent_source, requested_at, confirmed_at) from '${rows}'`,
  );
  await timeStatement(emptyUrl, 'truncate subscribers cascade');
  await timeStatement(emptyUrl, 'checkpoint');
  const imported = await verdicts(emptyUrl, ['subscribers', 'import', list!]);
  const goal = `1.5 times COPY, ${copyFrom.toFixed(1)} s; 150 MB`;
  report('subscribers import', imported, goal, imported.seconds / copyFrom);
  [list!, rows!].forEach((file) => rmSync(file));
}

/**
 * How long `start` takes until `/readyz` answers, as every start but the first: V8's compile cache is written as a process ends. Then
 * what an idle process costs.
 */
async function benchStart(script: string, databaseUrl: string): Promise<void> {
  const first = await startService(script, databaseUrl);
  first.child.kill('SIGTERM');
  await once(first.child, 'exit');
  const { child, ready_ms } = await startService(script, databaseUrl);
  await sleep(SETTLE_MS);
  const before = readCpuMs(child.pid!);
  await sleep(IDLE_MS);
  const cpu = (100 * (readCpuMs(child.pid!) - before)) / IDLE_MS;
  const rss = readMemoryMb(child.pid!, 'VmRSS');
  const anonymous = readMemoryMb(child.pid!, 'RssAnon');
  console.log(
    `start: ready after ${ready_ms.toFixed(0)} ms (the first time ${first.ready_ms.toFixed(0)} ms), idle ${rss.toFixed(0)} MB, ` +
      `${anonymous.toFixed(0)} MB of them its own, and ${cpu.toFixed(2)} % of a core (goals 400 ms, 90 MB, 0.3 %)`,
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function startService(
  script: string,
  databaseUrl: string,
): Promise<{ child: ChildProcess; ready_ms: number }> {
  const port = await findFreePort();
  const started = performance.now();
  const child = spawn(process.execPath, [...NODE_FLAGS, script, 'start'], {
    cwd: tmpdir(),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...environment(databaseUrl), PORT: String(port) },
  });
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) {
    if (child.exitCode !== null) {
      throw new Error(`start exited with ${child.exitCode}`);
    }
    await sleep(5);
  }
  return { child, ready_ms: performance.now() - started };
}

function report(name: string, { seconds, rss_mb }: Run, goal: string, ratio?: number): void {
  const relative = ratio === undefined ? '' : `, ${ratio.toFixed(2)} times`;
  console.log(`${name}: ${seconds.toFixed(2)} s, ${rss_mb.toFixed(0)} MB${relative} (goal ${goal})`);
}

async function measure(args: readonly string[], databaseUrl: string, to = '/dev/null'): Promise<Run> {
  const output = createWriteStream(to);
  await once(output, 'open');
  const started = performance.now();
  const child = spawn(process.execPath, [...NODE_FLAGS, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', output, 'inherit'],
    env: environment(databaseUrl),
  });
  let rss_mb = 0;
  const sampling = setInterval(() => (rss_mb = readMemoryMb(child.pid!, 'VmHWM') || rss_mb), SAMPLE_MS);
  const [code] = (await once(child, 'exit')) as [number];
  clearInterval(sampling);
  output.close();
  if (code !== 0) {
    throw new Error(`${args.join(' ')} exited with ${code}`);
  }
  return { seconds: (performance.now() - started) / 1_000, rss_mb };
}

function environment(databaseUrl: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: 'http://localhost:3000',
    LOG_LEVEL: 'error',
  };
}

async function timeStatement(databaseUrl: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const started = performance.now();
  await client.query(statement).finally(() => client.end());
  return (performance.now() - started) / 1_000;
}
