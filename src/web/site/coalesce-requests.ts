import { createMiddleware } from 'hono/factory';
import type { AppEnv } from '../layout/page.tsx';

interface Answer {
  status: number;
  headers: Headers;
  body: ArrayBuffer;
}

/**
 * Coalesces concurrent requests for one URL into one rendering, since these pages are the same for everybody. A
 * response is shared only with requests that came while it was made, so it is never older than one rendering takes.
 */
export function coalesceRequests() {
  const inProgress = new Map<string, Promise<Answer | undefined>>();
  return createMiddleware<AppEnv>(async (c, next) => {
    if (c.req.method !== 'GET') {
      return next();
    }
    const running = await inProgress.get(c.req.url);
    if (running) {
      c.res = new Response(running.body, { status: running.status, headers: running.headers });
      return;
    }
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    inProgress.set(c.req.url, promise);
    try {
      await next();
      resolve(mayBeShared(c.res) ? await readAnswer(c.res) : undefined);
    } finally {
      resolve(undefined);
      if (inProgress.get(c.req.url) === promise) {
        inProgress.delete(c.req.url);
      }
    }
  });
}

/** A page with scripts has a nonce of its own (CSP Level 3, section 2.3.1). */
function mayBeShared({ status, headers }: Response): boolean {
  return status === 200 && !headers.get('Content-Security-Policy')?.includes('nonce-');
}

async function readAnswer(response: Response): Promise<Answer> {
  const body = await response.clone().arrayBuffer();
  return { status: response.status, headers: new Headers(response.headers), body };
}
