import type { TestApp } from './test-app.ts';

interface Visit {
  /** How long the page is looked at before the button is pressed. */
  seconds?: number;
  way?: string;
  hand?: boolean;
  cookie?: string;
}

/** Opens a vote link as a person does, reads, and presses its button; answers with the post's response. */
export async function visitAndVote(app: TestApp, path: string, visit: Visit = {}): Promise<Response> {
  const { seconds = 5, way = 'button', hand = true, cookie = '' } = visit;
  const headers = { cookie };
  const page = pageOf(await (await app.request(path, { headers })).text());
  app.clock.now = new Date(app.clock.now.getTime() + seconds * 1_000);
  return app.request(path, {
    method: 'POST',
    headers: { ...headers, Origin: app.url },
    body: new URLSearchParams({ page, way, hand: hand ? '1' : '' }),
  });
}

/** The signed time of rendering that a page's forms carry. */
export function pageOf(html: string): string {
  return /name="page" value="([^"]*)"/.exec(html)?.[1] ?? '';
}
