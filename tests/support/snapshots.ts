import { runsAsRoles } from './roles.ts';
import { createTestApp, type TestApp } from './test-app.ts';

interface Snapshot {
  template: string;
  /** The app's clock. */
  now: string;
}

/** By key, in this process: none at the first use, a snapshot from the second one on. */
const snapshots = new Map<string, Snapshot | undefined>();

/**
 * An app in the state in which `prepare` leaves its database and clock. From the second use of a `key` on, a copy of the
 * database is made, which takes a fraction of the time.
 */
export async function createPreparedApp(
  key: string,
  env: Record<string, string>,
  now: string | undefined,
  prepare: (app: TestApp) => Promise<void>,
): Promise<TestApp> {
  if (runsAsRoles() || !snapshots.has(key)) {
    snapshots.set(key, undefined);
    const app = await createTestApp(env, now);
    await prepare(app);
    return app;
  }
  const snapshot = snapshots.get(key) ?? (await takeSnapshot(env, now, prepare));
  snapshots.set(key, snapshot);
  return createTestApp(env, snapshot.now, { template: snapshot.template });
}

async function takeSnapshot(
  env: Record<string, string>,
  now: string | undefined,
  prepare: (app: TestApp) => Promise<void>,
): Promise<Snapshot> {
  const app = await createTestApp(env, now, { isKept: true });
  await prepare(app);
  await app.close();
  return { template: new URL(app.databaseUrl).pathname.slice(1), now: app.clock.now.toISOString() };
}
