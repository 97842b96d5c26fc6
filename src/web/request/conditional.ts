import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../layout/page.tsx';

const TEXT = /^(?:text\/|application\/(?:\w+\+)?(?:xml|json))/;
/**
 * The signed time in a sign-up form differs in every response. Any from the same day will do: the form is accepted for
 * a week.
 */
const FORM_TIME = /name="started" value="[^"]*"/g;
const DAY_MS = 86_400_000;

/**
 * Answers 304 to a client that has the same page (RFC 9110, section 13). The tag is weak: it says that the pages mean the
 * same. A handler may have set Last-Modified; it counts only where the client sends no tag.
 */
export const conditional: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { res } = c;
  const isReading = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (!isReading || res.status !== 200 || !TEXT.test(res.headers.get('Content-Type') ?? '')) {
    return;
  }
  const body = await res.clone().text();
  const day = Math.floor(c.get('context').now().getTime() / DAY_MS);
  const tag = `W/"${createHash('sha256')
    .update(body.replaceAll(FORM_TIME, `day ${day}`))
    .digest('base64url')
    .slice(0, 22)}"`;
  c.header('ETag', tag);
  c.header('Cache-Control', res.headers.get('Cache-Control') ?? 'no-cache');
  if (isUnchanged(c.req.header('If-None-Match'), c.req.header('If-Modified-Since'), tag, res.headers)) {
    const headers = new Headers(c.res.headers);
    ['Content-Type', 'Content-Length'].forEach((name) => headers.delete(name));
    c.res = undefined;
    c.res = new Response(null, { status: 304, headers });
  }
};

function isUnchanged(
  tags: string | undefined,
  since: string | undefined,
  tag: string,
  headers: Headers,
): boolean {
  if (tags !== undefined) {
    return tags
      .split(',')
      .some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag.slice(2));
  }
  const modified = headers.get('Last-Modified');
  return modified !== null && since !== undefined && Date.parse(modified) <= Date.parse(since);
}
