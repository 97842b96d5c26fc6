import type { TestApp } from './test-app.ts';

interface Visit {
  /** Time between opening the page and pressing the button. */
  seconds?: number;
  way?: string;
  /** Whether there was a human interaction with the page. */
  hand?: boolean;
  cookie?: string;
  /** The address that the visit comes from, according to the app's proxy. */
  source?: string;
}

/** Opens a vote link as a person does, waits, and presses its button; returns the response to the post. */
export async function visitAndVote(app: TestApp, path: string, visit: Visit = {}): Promise<Response> {
  const { seconds = 5, way = 'button', hand = true, cookie = '', source } = visit;
  const headers = { cookie, ...(source === undefined ? {} : { 'X-Forwarded-For': source }) };
  const page = pageTokenIn(await (await app.request(path, { headers })).text());
  app.clock.now = new Date(app.clock.now.getTime() + seconds * 1_000);
  return app.request(path, {
    method: 'POST',
    headers: { ...headers, Origin: app.url },
    body: new URLSearchParams({ page, way, hand: hand ? 'pointerdown@900' : '' }),
  });
}

/** The signed rendering time in the `page` field of a page's forms. */
export function pageTokenIn(html: string): string {
  return /name="page" value="([^"]*)"/.exec(html)?.[1] ?? '';
}
