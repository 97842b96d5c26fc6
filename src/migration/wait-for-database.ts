import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Started together with the server, such as by Docker or at boot, a migration is early. */
const START_TIMEOUT_MS = 60_000;

/** Waits up to a minute for a server that does not accept connections yet; any other problem is left to `checkDatabase`. */
export async function waitForDatabase(databaseUrl: string): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < deadline && (await isStarting(databaseUrl))) {
    await sleep(500);
  }
}

/** Nobody listens, the name is not known yet, or the server says that it is starting (57P03, cannot_connect_now). */
async function isStarting(databaseUrl: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return false;
  } catch (error) {
    return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENOENT', '57P03'].includes(
      (error as { code?: string }).code ?? '',
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}
