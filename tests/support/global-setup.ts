import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { type LocalPostgres, openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { buildService } from './build.ts';
import { startDebianPostgres } from './debian-postgres.ts';
import { createDataDirectory } from './data-directory.ts';
import { openLog } from '../../src/log.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = path.join(ROOT, 'node_modules/.cache');
/** Each has 75 MB. */
const KEPT_FOLDERS = 3;
const KEPT_MS = 3_600_000;
const HASH_LENGTH = 16;
/** The socket is in the data directory. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'max_connections=300', 'unix_socket_directories=.'];

interface Server {
  /** The server's URL, without the name of a database. */
  url: string;
  /** The folder of its Unix socket, if it has one. */
  socketFolder?: string;
  close: () => Promise<void>;
}

/**
 * What tests share is created when the first of them requests it (over HTTP, since they run in processes of their own):
 * one real server, whose migrated template database each test copies, and the built service. A test file that needs
 * neither starts at once.
 */
export default async function shareOnDemand(project: TestProject) {
  let postgres: Promise<Server> | undefined;
  let build: Promise<void> | undefined;
  const shared = http.createServer(async (request, response) => {
    try {
      if (request.url === '/postgres') {
        postgres ??= process.env.TEST_POSTGRES === 'oldest' ? startOldest() : startNewest();
        const { url, socketFolder } = await postgres;
        response.end(JSON.stringify({ url, socketFolder }));
      } else {
        build ??= buildService();
        await build;
        response.end();
      }
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  shared.listen(0, '127.0.0.1');
  await once(shared, 'listening');
  project.provide('sharedUrl', `http://127.0.0.1:${(shared.address() as AddressInfo).port}`);
  return async () => {
    shared.close();
    await (await postgres)?.close();
  };
}

/** Debian's PostgreSQL 15 instead of the embedded one. */
async function startOldest(): Promise<Server> {
  const server = await startDebianPostgres();
  const url = server.url.replace(/\/postgres$/, '');
  await makeTemplate(url);
  return { url, close: () => server.close() };
}

async function startNewest(): Promise<Server> {
  const home = createDataDirectory('weekly-verdicts-tests-');
  const prepared = preparedFolder();
  if (existsSync(prepared)) {
    copyFolder(prepared, home);
  } else {
    await prepare(home, prepared);
  }
  const server = await openLocalPostgres(home, FLAGS);
  const url = server.url.replace(/\/verdicts$/, '');
  return {
    url,
    socketFolder: path.join(home, 'postgres'),
    close: async () => {
      await stop(server, home);
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/**
 * The folder with the data of a server with the template database. It is kept from run to run; its name has a hash of
 * everything it is made from.
 */
function preparedFolder(): string {
  const sources = [
    'package-lock.json',
    ...globSync(
      ['migrations/*', 'src/{database,installation,migration,queue}/*.ts', 'tests/support/global-setup.ts'],
      {
        cwd: ROOT,
      },
    ).toSorted(),
  ];
  const hash = createHash('sha256');
  sources.forEach((file) => hash.update(readFileSync(path.join(ROOT, file))));
  return `${CACHE}/weekly-verdicts-postgres-${hash.digest('hex').slice(0, HASH_LENGTH)}`;
}

async function prepare(home: string, prepared: string): Promise<void> {
  const server = await openLocalPostgres(home, FLAGS);
  await hashPasswordOnce(server.url);
  await makeTemplate(server.url.replace(/\/verdicts$/, ''));
  await stop(server, home);
  trustSockets(home);
  const state = path.join(home, 'postgres.json');
  // The port is removed, so that another run does not mistake this run's server for its own.
  writeFileSync(state, JSON.stringify({ ...JSON.parse(readFileSync(state, 'utf8')), port: null }));
  const unfinished = `${prepared}-${process.pid}`;
  copyFolder(home, unfinished);
  if (existsSync(prepared)) {
    rmSync(unfinished, { recursive: true });
  } else {
    renameSync(unfinished, prepared);
  }
  removeOutdated();
}

/** Keeps the prepared folders that were made last, as when a developer changes between branches. */
function removeOutdated(): void {
  const folders = globSync(`${CACHE}/weekly-verdicts-postgres-${'?'.repeat(HASH_LENGTH)}`).map((folder) => ({
    folder,
    made: statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? 0,
  }));
  const outdated = folders.toSorted((a, b) => b.made - a.made).slice(KEPT_FOLDERS);
  // Another run may be copying one that was made just now.
  const old = outdated.filter(({ made }) => made < Date.now() - KEPT_MS);
  old.forEach(({ folder }) => rmSync(folder, { recursive: true, force: true }));
}

/** Otherwise both sides would hash the password 4,096 times for each of the thousands of connections. */
async function hashPasswordOnce(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set scram_iterations = 1');
  await client.query(
    `alter role current_user password ${client.escapeLiteral(decodeURIComponent(new URL(url).password))}`,
  );
  await client.end();
}

/** A connection over the socket then takes less CPU time. The commands that tests run connect over TCP, with the password. */
function trustSockets(home: string): void {
  const file = path.join(home, 'postgres/pg_hba.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/^(local .*)scram-sha-256$/gm, '$1trust'));
}

/** Keeps owners and permissions, because PostgreSQL runs as another user if the tests run as root. */
function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

/** Waits until the server has written everything: it removes its pid file last, long after it has stopped listening. */
async function stop(server: LocalPostgres, home: string): Promise<void> {
  server.close();
  while (existsSync(path.join(home, 'postgres/postmaster.pid'))) {
    await sleep(50);
  }
}

async function makeTemplate(url: string) {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query('create database verdicts_template');
  await client.end();
  const template = `${url}/verdicts_template`;
  await updateDatabase(template, openLog('silent'));
  // The first connection after a change of tables writes a cache of the catalog, which is then part of every copy of
  // the files.
  await connectOnce(template);
}

async function connectOnce(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.end();
}

declare module 'vitest' {
  export interface ProvidedContext {
    sharedUrl: string;
  }
}
