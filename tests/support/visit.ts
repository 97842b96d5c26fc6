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
  const press = await open(app, path, visit);
  app.clock.now = new Date(app.clock.now.getTime() + (visit.seconds ?? 5) * 1_000);
  return press();
}

/** Several people at once, each at an address of their own. */
export async function visitAndVoteAll(
  app: TestApp,
  visits: readonly { path: string; source: string }[],
): Promise<void> {
  const presses = await Promise.all(visits.map(({ path, source }) => open(app, path, { source })));
  app.clock.now = new Date(app.clock.now.getTime() + 5_000);
  await Promise.all(presses.map((press) => press()));
}

/** Opens a vote link; what it returns presses the page's button. */
async function open(app: TestApp, path: string, visit: Visit): Promise<() => Promise<Response>> {
  const { way = 'button', hand = true, cookie = '', source } = visit;
  const headers = { cookie, ...(source === undefined ? {} : { 'X-Forwarded-For': source }) };
  const page = pageTokenIn(await (await app.request(path, { headers })).text());
  return () =>
    app.request(path, {
      method: 'POST',
      headers: { ...headers, Origin: app.url },
      body: new URLSearchParams({ page, way, hand: hand ? 'pointerdown@900' : '' }),
    });
}

/** The signed rendering time in the `page` field of a page's forms. */
export function pageTokenIn(html: string): string {
  return /name="page" value="([^"]*)"/.exec(html)?.[1] ?? '';
}
