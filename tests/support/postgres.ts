import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { updateDatabase } from '../../src/migration/update-database.ts';
import { openLocalPostgres } from '../../src/local/postgres/postgres.ts';
import { buildOnce } from './build.ts';
import { startDebianPostgres } from './debian-postgres.ts';
import { createDataDirectory } from './data-directory.ts';
import { openLog } from '../../src/log.ts';

const FLAGS = ['fsync=off', 'full_page_writes=off', 'max_connections=300'];

/** Starts one real server for the whole test run; every test copies the migrated template database. */
export default async function startPostgres(project: TestProject) {
  await buildOnce();
  return process.env.TEST_POSTGRES === 'oldest' ? startOldest(project) : startNewest(project);
}

/** Debian's PostgreSQL 15 instead of the embedded one. */
async function startOldest(project: TestProject) {
  const server = await startDebianPostgres();
  const url = server.url.replace(/\/postgres$/, '');
  await makeTemplate(url);
  project.provide('postgresUrl', url);
  return () => server.close();
}

async function startNewest(project: TestProject) {
  const home = createDataDirectory('weekly-verdicts-tests-');
  const server = await openLocalPostgres(home, FLAGS);
  const url = server.url.replace(/\/verdicts$/, '');
  await makeTemplate(url);
  project.provide('postgresUrl', url);
  return async () => {
    server.close();
    await waitUntilStopped(`${url}/postgres`);
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
}

async function makeTemplate(url: string) {
  const client = new pg.Client({ connectionString: `${url}/postgres` });
  await client.connect();
  await client.query('create database verdicts_template');
  await client.end();
  const template = `${url}/verdicts_template`;
  await updateDatabase(template, openLog('silent'));
  // The first connection after a change of tables writes a cache of the catalog, which copies of the files contain.
  await connectOnce(template);
}

async function connectOnce(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.end();
}

async function waitUntilStopped(connectionString: string) {
  for (;;) {
    try {
      await connectOnce(connectionString);
      await sleep(100);
    } catch {
      return;
    }
  }
}

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}
