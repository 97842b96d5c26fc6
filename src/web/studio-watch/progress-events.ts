import { setTimeout as sleep } from 'node:timers/promises';
import { streamSSE } from 'hono/streaming';
import { getIssue } from '../../issues/record/issue.ts';
import { reportOutage } from '../../database/outage.ts';
import type { PageContext } from '../layout/page.tsx';
import { loadWatched, renderWatched } from './watch-panel.tsx';

/** While it is being sent; afterwards only events of the provider change anything. */
const INTERVAL_MS = { sending: 1000, otherwise: 5000 };
/** The browser then connects anew, so that a session that was ended watches no longer than this. */
const CONNECTION_MS = 60_000;

/**
 * Server-sent events (HTML standard, 9.2): `parts` with the HTML of what has changed, `moved` once the issue has another status
 * than `?status`, and a `beat` each time, by which the page notices that its connection is dead.
 */
export async function progressEvents(c: PageContext) {
  const context = c.get('context');
  const week = c.req.param('week') ?? '';
  const issue = await getIssue(context.db, week);
  const isShown = (status: string) => status === (c.req.query('status') ?? issue.status);
  // Proxies such as nginx would otherwise hold events back.
  c.header('X-Accel-Buffering', 'no');
  return streamSSE(c, async (stream) => {
    const ends = AbortSignal.any([context.stopping, AbortSignal.timeout(CONNECTION_MS)]);
    let shown: Record<string, string> = {};
    while (!ends.aborted && !stream.aborted) {
      try {
        const current = await getIssue(context.db, week);
        if (!isShown(current.status)) {
          await stream.writeSSE({ event: 'moved', data: current.status });
          return;
        }
        const parts: Record<string, string> = renderWatched(await loadWatched(context, current));
        const changed = Object.entries(parts).filter(([name, html]) => shown[name] !== html);
        shown = parts;
        await stream.writeSSE({
          event: changed.length > 0 ? 'parts' : 'beat',
          data: JSON.stringify(Object.fromEntries(changed)),
        });
        const interval = current.status === 'sending' ? INTERVAL_MS.sending : INTERVAL_MS.otherwise;
        await sleep(interval, undefined, { signal: ends }).catch(() => undefined);
      } catch (error) {
        // The browser connects anew, and then gets a page's answer.
        reportOutage(context.log, error, 'a page that watches an issue being sent was disconnected');
        return;
      }
    }
  });
}
