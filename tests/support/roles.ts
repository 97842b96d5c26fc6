import { expect, onTestFinished } from 'vitest';
import { type Context, openContext } from '../../src/context.ts';
import { openDatabase, openPool } from '../../src/database/connect.ts';
import { grantRoles, type Role } from '../../src/migration/grants.ts';
import { administer } from './test-database.ts';

const NAMES = { web: 'verdicts_test_web', worker: 'verdicts_test_worker' };
const PASSWORD = 'password';

/**
 * In these test files, pages and jobs connect as the roles that own nothing; with TEST_ROLES, they do so in every file.
 */
const FILES_WITH_ROLES = [
  'web/studio-access',
  'web/studio-content',
  'web/studio-readers',
  'web/studio-import',
  'web/studio-decisions',
  'web/studio-lanes',
  'sending/lanes',
  'sending/warm-up',
  'web/webhooks',
  'web/about-me',
  'journeys/sign-up',
  'journeys/vote-to-tally',
  'journeys/inbox-to-recap',
];

export function runsAsRoles(): boolean {
  const { testPath = '' } = expect.getState();
  return (
    process.env.TEST_ROLES !== undefined ||
    FILES_WITH_ROLES.some((name) => testPath.includes(`tests/${name}`))
  );
}

/** The URL of the same database for a role that owns nothing and has only what `migrate` grants it. */
async function urlOfRole(ownerUrl: string, role: Role): Promise<string> {
  await Promise.all(
    Object.values(NAMES).map((name) =>
      administer(`
        do $$ begin create role ${name} login password '${PASSWORD}'; exception when duplicate_object or unique_violation then null; end $$`),
    ),
  );
  const db = openDatabase(openPool(ownerUrl, 1));
  await grantRoles(db, NAMES).finally(() => db.destroy());
  const url = new URL(ownerUrl);
  url.username = NAMES[role];
  url.password = PASSWORD;
  return url.href;
}

/** The context of a process with this role. Parts without a connection are `context`'s own, so that a test can replace them. */
export async function contextOfRole(context: Context, ownerUrl: string, role: Role): Promise<Context> {
  const url = await urlOfRole(ownerUrl, role);
  const { db, pool, preparedDb, boss, close } = await openContext(context.config, url, 'http://127.0.0.1', {
    log: context.log,
  });
  onTestFinished(close);
  const ofRole: Partial<Context> = { db, pool, preparedDb, boss };
  return new Proxy(context, {
    get: (shared, name: keyof Context) => ofRole[name] ?? shared[name],
  });
}
