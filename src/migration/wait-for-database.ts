import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf } from '../errors.ts';

const REPORT_EVERY_MS = 60_000;

/**
 * Waits for a server that does not accept connections yet, however long its recovery takes: a migration started
 * together with the server, as by Docker or at boot, would otherwise fail, and with it whatever waits for the
 * migration. `report` is called at once and then once a minute; any other problem is left to `checkDatabase`.
 */
export async function waitForDatabase(databaseUrl: string, report: (message: string) => void): Promise<void> {
  const { hostname, port } = new URL(databaseUrl);
  let reported_at = -Infinity;
  for (;;) {
    const reason = await findReasonToWait(databaseUrl);
    if (reason === undefined) {
      return;
    }
    if (performance.now() - reported_at >= REPORT_EVERY_MS) {
      reported_at = performance.now();
      report(`Waiting for the database at ${hostname}:${port || 5432}: ${reason}`);
    }
    await sleep(500);
  }
}

/** Nobody listens, the machine or its name is not there yet, or the server says that it is starting (57P03, cannot_connect_now). */
const NOT_YET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  '57P03',
]);

/** Undefined if the server accepts the connection, or refuses it for another reason. */
async function findReasonToWait(databaseUrl: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    const isNotYet =
      NOT_YET.has((error as { code?: string }).code ?? '') || /timeout expired/.test(messageOf(error));
    return isNotYet ? messageOf(error) : undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
