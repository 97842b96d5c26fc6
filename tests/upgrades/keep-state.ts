import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import pg from 'pg';

/*
 * Saves a dump of the database that a commit's own code creates when it imports content and readers, drafts and sends an
 * issue, and counts votes. Run once for each state of main that installations may be in:
 *
 *   node --import tsx tests/upgrades/keep-state.ts COMMIT postgres://USER@HOST:PORT
 *
 * The server must have the same version as the `pg_dump` on the path, and be no newer than the oldest supported version.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READERS = 6;
const PORT = 4180;

const [commit = '', server = ''] = process.argv.slice(2);
const name = execFileSync('git', ['rev-parse', '--short=7', commit], { cwd: ROOT, encoding: 'utf8' }).trim();
const folder = mkdtempSync(path.join(tmpdir(), 'verdicts-state-'));
const databaseUrl = `${server}/state_${name}`;

await query(`${server}/postgres`, `create database state_${name}`);
try {
  checkOut();
  writeFileSync(path.join(folder, 'readers.csv'), listReaders());
  runAtCommit('migrate');
  runAtCommit('content', 'import', path.join(ROOT, 'tests/comparisons/example-content.json'));
  runAtCommit('subscribers', 'import', path.join(folder, 'readers.csv'));
  runAtCommit('issue', 'draft');
  runAtCommit('issue', 'approve', 'latest');
  runAtCommit('issue', 'send', 'latest', '--wait');
  await vote();
  await query(
    databaseUrl,
    `update subscribers set status = 'unsubscribed', unsubscribed_at = now() where id = ${READERS}`,
  );
  writeFileSync(path.join(ROOT, `tests/upgrades/states/${name}.sql.gz`), gzipSync(dump(), { level: 9 }));
} finally {
  rmSync(folder, { recursive: true });
  await query(`${server}/postgres`, `drop database state_${name} with (force)`);
}

function checkOut(): void {
  const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 1 << 28 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
}

function listReaders(): string {
  const lines = Array.from(
    { length: READERS },
    (_, index) => `delivered+${index + 1}@resend.dev,test,2026-01-01T00:00:00Z`,
  );
  return ['email,consent_source,confirmed_at', ...lines, ''].join('\n');
}

function runAtCommit(...args: string[]): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'src/verdicts.ts', ...args], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(PORT), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Two readers vote by the link in their own mails. */
async function vote(): Promise<void> {
  const web = spawn(process.execPath, ['--import', 'tsx', 'src/verdicts.ts', 'start', '--only', 'web'], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(PORT), LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await waitFor(`http://localhost:${PORT}/healthz`);
    const mails = await query(databaseUrl, 'select html from outbox.mails order by sequence limit 2');
    for (const { html } of mails as { html: string }[]) {
      const link = /http:\/\/localhost:\d+\/v\/[^"\s]+\/ship/.exec(html)?.[0] ?? '';
      const response = await fetch(link, { method: 'POST', body: new URLSearchParams({ way: 'button' }) });
      if (!response.ok) {
        throw new Error(`a vote was answered with ${response.status}`);
      }
    }
  } finally {
    web.kill('SIGKILL');
  }
}

async function waitFor(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    ) {
      return;
    }
    await sleep(200);
  }
  throw new Error(`${url} does not answer`);
}

/** Plain SQL that any client can run, without the data of the outbox. */
function dump(): string {
  const text = execFileSync(
    'pg_dump',
    ['--inserts', '--no-owner', '--no-privileges', '--exclude-table-data=outbox.*', databaseUrl],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  return text
    .split('\n')
    .filter((line) => !/^(--|\\|SET transaction_timeout|$)/.test(line))
    .join('\n');
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(statement).finally(() => client.end());
  return rows;
}
