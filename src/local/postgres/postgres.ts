import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { AppError } from '../../errors.ts';

export interface KeeperCommand {
  home: string;
  password: string;
  flags: string[];
}

export type KeeperReply = { kind: 'ready'; port: number } | { kind: 'failed'; message: string };

export interface LocalPostgres {
  /** Leads to the database `verdicts`, which exists. */
  url: string;
  /** Lets go of the server; it stops once nobody else uses it. */
  close: () => void;
}

interface State {
  password: string;
  port: number | null;
}

const START_TRIES = 25;

/**
 * The server whose data lie in `home`: the one that is running, or a new one for as long as this process lives. Of two
 * that start at the same moment the second uses the first one's server; one that is just stopping is waited for.
 */
export async function openLocalPostgres(home: string, flags: string[] = []): Promise<LocalPostgres> {
  mkdirSync(home, { recursive: true, mode: 0o755 });
  for (let tries = 1; ; tries++) {
    const running = await joinRunning(home);
    const opened = running ?? (await startNew(home, flags));
    if (!('failed' in opened)) {
      return opened;
    }
    if (!/already exists|already running/.test(opened.failed) || tries === START_TRIES) {
      throw new AppError(
        'unavailable',
        `PostgreSQL did not start with its data in ${home}; or set DATABASE_URL.`,
        [opened.failed],
      );
    }
    await sleep(200);
  }
}

async function startNew(home: string, flags: string[]): Promise<LocalPostgres | { failed: string }> {
  const state = readState(home);
  const keeper = spawnKeeper();
  const answer = await ask(keeper, { home, password: state.password, flags });
  if (answer.kind === 'failed') {
    return { failed: answer.message };
  }
  writeState(home, { ...state, port: answer.port });
  const client = await connect(urlOf(state.password, answer.port));
  const url = await createDatabase(client, urlOf(state.password, answer.port));
  await client.end();
  return { url, close: () => keeper.disconnect() };
}

/** The connection is held until `close`: a server that somebody uses is not stopped. */
async function joinRunning(home: string): Promise<LocalPostgres | undefined> {
  const { password, port } = readState(home);
  const client = port === null ? undefined : await connect(urlOf(password, port)).catch(() => undefined);
  if (!client || port === null) {
    return undefined;
  }
  client.on('error', () => undefined);
  // It may be stopping at this moment.
  const url = await createDatabase(client, urlOf(password, port)).catch(() => undefined);
  return url === undefined ? undefined : { url, close: () => void client.end().catch(() => undefined) };
}

function spawnKeeper(): ChildProcess {
  const script = fileURLToPath(import.meta.url).replace(/postgres\.(ts|js)$/, 'postgres-keeper.$1');
  const [command, ...wrapper] = [...dropRoot(), process.execPath];
  return spawn(command ?? process.execPath, [...wrapper, script], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/**
 * PostgreSQL refuses to run as root. The keeper then runs as the user postgres, with the one capability that lets it
 * reach a project folder that only root may enter.
 */
function dropRoot(): string[] {
  if (process.getuid?.() !== 0) {
    return [];
  }
  // Without the secure bit access(2), by which initdb looks for its own binaries, forgets the capability.
  const capability = ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  const user = ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'];
  const wrapper = ['setpriv', '--securebits', '+no_setuid_fixup', ...user, ...capability];
  if (!succeeds('id', ['-u', 'postgres'])) {
    succeeds('useradd', ['--system', 'postgres']);
  }
  // Where capabilities cannot be passed on, the keeper drops root itself and needs a folder that others may enter.
  return succeeds('setpriv', [...wrapper.slice(1), 'true']) ? wrapper : [];
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function ask(keeper: ChildProcess, order: KeeperCommand): Promise<KeeperReply> {
  return new Promise((resolve) => {
    keeper.once('message', (message) => resolve(message as KeeperReply));
    keeper.once('error', (error) => resolve({ kind: 'failed', message: error.message }));
    keeper.once('exit', (code) =>
      resolve({ kind: 'failed', message: `its keeper ended with ${code ?? 'a signal'}` }),
    );
    keeper.send(order, () => undefined);
    keeper.unref();
  });
}

function urlOf(password: string, port: number): string {
  return `postgres://verdicts:${password}@127.0.0.1:${port}/postgres`;
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  return client;
}

async function createDatabase(client: pg.Client, serverUrl: string): Promise<string> {
  const { rowCount } = await client.query(`select 1 from pg_database where datname = 'verdicts'`);
  if (!rowCount) {
    await client.query('create database verdicts').catch(ignoreDuplicate);
  }
  return serverUrl.replace(/\/postgres$/, '/verdicts');
}

/** Another process may have created it a moment ago: duplicate_database, or its unique violation. */
function ignoreDuplicate(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== '42P04' && code !== '23505') {
    throw error;
  }
}

function readState(home: string): State {
  const file = stateFile(home);
  if (existsSync(file)) {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  }
  const state = { password: randomBytes(24).toString('base64url'), port: null };
  writeState(home, state);
  return state;
}

function writeState(home: string, state: State): void {
  writeFileSync(stateFile(home), `${JSON.stringify(state)}\n`, { mode: 0o600 });
}

function stateFile(home: string): string {
  return path.join(home, 'postgres.json');
}
