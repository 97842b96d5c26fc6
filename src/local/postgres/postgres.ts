import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { projectPath } from '../../config/project-root.ts';
import { AppError, messageOf } from '../../errors.ts';

export interface KeeperCommand {
  home: string;
  password: string;
  flags: string[];
}

export type KeeperReply = { kind: 'ready'; port: number } | { kind: 'failed'; message: string };

export interface LocalPostgres {
  /** Connection URL of the existing database `verdicts`. */
  url: string;
  /** Releases the server; it stops once it has no other clients. */
  close: () => void;
}

interface State {
  password: string;
  port: number | null;
}

const MAX_START_ATTEMPTS = 25;

/**
 * Opens the server with its data in `home`: uses the running one, or starts one for the lifetime of this process. If
 * two processes start at the same time, the second uses the first one's server. Waits for a server that is stopping.
 */
export async function openLocalPostgres(home: string, flags: string[] = []): Promise<LocalPostgres> {
  prepareFolder(home);
  for (let attempt = 1; ; attempt++) {
    const running = await joinRunning(home);
    const opened = running ?? (await startNew(home, flags));
    if (!('failed' in opened)) {
      return opened;
    }
    if (!/already exists|already running/.test(opened.failed) || attempt === MAX_START_ATTEMPTS) {
      throw new AppError(
        'unavailable',
        `The local PostgreSQL with its data in ${home} did not start. Fix the cause, or set DATABASE_URL.`,
        [opened.failed],
      );
    }
    await sleep(200);
  }
}

function prepareFolder(home: string): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    accessSync(home, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The folder ${home}, for the built-in PostgreSQL, cannot be used: ${messageOf(error)}.`,
      ['Make it a folder that this user may write to, start from another folder, or set DATABASE_URL.'],
    );
  }
}

async function startNew(home: string, flags: string[]): Promise<LocalPostgres | { failed: string }> {
  const state = readState(home);
  const keeper = spawnKeeper();
  const reply = await sendCommand(keeper, { home, password: state.password, flags });
  if (reply.kind === 'failed') {
    return { failed: reply.message };
  }
  writeState(home, { ...state, port: reply.port });
  const client = await connect(urlOf(state.password, reply.port));
  const url = await createDatabase(client, urlOf(state.password, reply.port));
  await client.end();
  return { url, close: () => keeper.disconnect() };
}

/** Keeps a connection open until `close`, because the keeper does not stop a server that has clients. */
async function joinRunning(home: string): Promise<LocalPostgres | undefined> {
  const { password, port } = readState(home);
  const client = port === null ? undefined : await connect(urlOf(password, port)).catch(() => undefined);
  if (!client || port === null) {
    return undefined;
  }
  client.on('error', () => undefined);
  // The folder may be a copy of that of another project, whose server is running.
  if (!(await servesFolder(client, home))) {
    await client.end();
    return undefined;
  }
  // Fails if the server is stopping.
  const url = await createDatabase(client, urlOf(password, port)).catch(() => undefined);
  return url === undefined ? undefined : { url, close: () => void client.end().catch(() => undefined) };
}

async function servesFolder(client: pg.Client, home: string): Promise<boolean> {
  const { rows } = await client
    .query<{ data_directory: string }>('show data_directory')
    .catch(() => ({ rows: [] }));
  const [found] = rows;
  const folder = path.join(home, 'postgres');
  return (
    found !== undefined && existsSync(folder) && realpathSync(found.data_directory) === realpathSync(folder)
  );
}

function spawnKeeper(): ChildProcess {
  const script = projectPath('src/local/postgres/postgres-keeper');
  const [command, ...wrapper] = [...dropRoot(), process.execPath];
  return spawn(command ?? process.execPath, [...wrapper, script], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/**
 * The wrapper command for root: PostgreSQL refuses to run as root, so the keeper runs as the user postgres, with the
 * one capability that lets it access a project folder that only root may enter.
 */
function dropRoot(): string[] {
  if (process.getuid?.() !== 0) {
    return [];
  }
  // initdb finds its own binaries with access(2), which ignores the capability without the secure bit.
  const capability = ['--inh-caps', '+dac_override', '--ambient-caps', '+dac_override'];
  const user = ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'];
  const wrapper = ['setpriv', '--securebits', '+no_setuid_fixup', ...user, ...capability];
  if (!succeeds('id', ['-u', 'postgres'])) {
    succeeds('useradd', ['--system', 'postgres']);
  }
  // If capabilities cannot be inherited, the keeper drops root itself and needs a folder that other users may enter.
  return succeeds('setpriv', [...wrapper.slice(1), 'true']) ? wrapper : [];
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function sendCommand(keeper: ChildProcess, command: KeeperCommand): Promise<KeeperReply> {
  return new Promise((resolve) => {
    const reply = (answer: KeeperReply) => {
      // Not earlier, because this process must not end while it waits; from now on it may end before the keeper.
      keeper.unref();
      resolve(answer);
    };
    keeper.once('message', (message) => reply(message as KeeperReply));
    keeper.once('error', (error) => reply({ kind: 'failed', message: error.message }));
    keeper.once('exit', (code) =>
      reply({ kind: 'failed', message: `the keeper process exited with ${code ?? 'a signal'}` }),
    );
    keeper.send(command, () => undefined);
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

/** Another process may have just created it: duplicate_database, or a unique violation. */
function ignoreDuplicate(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== '42P04' && code !== '23505') {
    throw error;
  }
}

function readState(home: string): State {
  const file = stateFile(home);
  if (existsSync(file)) {
    return parseState(file);
  }
  if (existsSync(path.join(home, 'postgres'))) {
    throw new AppError(
      'unavailable',
      `${file}, which has the password of the local PostgreSQL, is missing.`,
      [`Restore it, or delete ${home} and lose what is in it.`],
    );
  }
  const state = { password: randomBytes(24).toString('base64url'), port: null };
  writeState(home, state);
  return state;
}

function parseState(file: string): State {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as State;
  } catch (error) {
    throw new AppError(
      'unavailable',
      `${file}, which has the password of the local PostgreSQL, cannot be read.`,
      [messageOf(error), 'Restore it, or delete the folder that it is in and lose what is in there.'],
    );
  }
}

/** Never half-written: nothing else knows the password. */
function writeState(home: string, state: State): void {
  const file = stateFile(home);
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(state)}\n`, { mode: 0o600, flush: true });
  renameSync(unfinished, file);
}

function stateFile(home: string): string {
  return path.join(home, 'postgres.json');
}
