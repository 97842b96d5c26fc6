import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** Requests in progress are answered until then; the rest of the ten seconds of a stop is for jobs and connections to PostgreSQL. */
const ANSWER_TIMEOUT_MS = 7_500;
const IDLE_CHECK_MS = 50;

/** A function that closes the server once, however often it is called: no new connections, but requests in progress are answered. */
export function closable(server: Server): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= close(server));
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // A connection that is kept alive becomes idle with its answer.
  const closingIdle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  await Promise.race([closed, sleep(ANSWER_TIMEOUT_MS, undefined, { ref: false })]);
  clearInterval(closingIdle);
  server.closeAllConnections();
}
