import { setTimeout as sleep } from 'node:timers/promises';
import { streamSSE } from 'hono/streaming';
import { reportOutage } from '../../database/outage.ts';
import type { PageContext } from '../layout/page.tsx';

/** The browser then reconnects, so that an ended session stops watching after this long. */
const CONNECTION_MS = 60_000;

/** What a page watches. */
export interface Watched {
  /** The page is reloaded once this differs from `?status`. */
  status: string;
  /** HTML, by the names of the page's parts. */
  parts: Record<string, string>;
  /** Time until it is loaded again. */
  interval_ms: number;
}

/**
 * Server-sent events (HTML standard, 9.2): `parts` with the HTML of what has changed, `moved` once the status has changed,
 * and a `beat` each time, by which the page notices that its connection is dead.
 */
export async function watchEvents(c: PageContext, load: () => Promise<Watched>): Promise<Response> {
  const { stopping, log } = c.get('context');
  const first = await load();
  const status = c.req.query('status') ?? first.status;
  // Proxies such as nginx would otherwise hold events back.
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    const ends = AbortSignal.any([stopping, AbortSignal.timeout(CONNECTION_MS)]);
    let current = first;
    let shown: Record<string, string> = {};
    while (!ends.aborted && !stream.aborted) {
      if (current.status !== status) {
        await stream.writeSSE({ event: 'moved', data: current.status });
        return;
      }
      const changed = Object.entries(current.parts).filter(([name, html]) => shown[name] !== html);
      shown = current.parts;
      await stream.writeSSE({
        event: changed.length > 0 ? 'parts' : 'beat',
        data: JSON.stringify(Object.fromEntries(changed)),
      });
      await sleep(current.interval_ms, undefined, { signal: ends }).catch(() => undefined);
      try {
        current = await load();
      } catch (error) {
        // The browser reconnects, and then gets the status of an error page if it still fails.
        reportOutage(log, error, 'a page that watches something was disconnected');
        return;
      }
    }
  });
}
