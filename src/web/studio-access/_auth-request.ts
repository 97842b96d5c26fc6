import { AUTH_PATH, type Auth, CLIENT_HEADER, openAuth } from '../../staff/auth.ts';
import { findCallerOf } from '../request/client-address.ts';
import type { PageContext } from '../layout/page.tsx';

/** The headers of a browser's request that better-auth needs; no others are passed on. */
const FORWARDED_HEADERS = ['cookie', 'origin', 'content-type', 'user-agent'];

/** Passes a request on to one of better-auth's endpoints, with its limit on attempts per source. */
export async function callAuth(
  c: PageContext,
  path: string,
  init: { method: 'GET' | 'POST'; body?: string },
): Promise<Response> {
  const context = c.get('context');
  const auth = await openAuth(context);
  const url = `${context.config.studioOrigin}${AUTH_PATH}${path}`;
  const response = await auth.handler(new Request(url, { ...init, headers: authHeaders(c) }));
  passCookies(c, response.headers);
  return response;
}

export type Session = NonNullable<Awaited<ReturnType<Auth['api']['getSession']>>>;

/** The session that the browser's cookie names; extends it once a day. */
export async function findSession(c: PageContext): Promise<Session | undefined> {
  if (!c.req.header('cookie')) {
    return undefined;
  }
  const auth = await openAuth(c.get('context'));
  const { headers, response } = await auth.api.getSession({ headers: authHeaders(c), returnHeaders: true });
  passCookies(c, headers);
  return response ?? undefined;
}

function authHeaders(c: PageContext): Headers {
  const headers = new Headers();
  for (const name of FORWARDED_HEADERS) {
    const value = c.req.header(name);
    if (value !== undefined) {
      headers.set(name, value);
    }
  }
  const { trustedProxies } = c.get('context').config;
  headers.set(CLIENT_HEADER, findCallerOf(c, trustedProxies)?.toString() ?? '');
  return headers;
}

function passCookies(c: PageContext, headers: Headers): void {
  for (const cookie of headers.getSetCookie()) {
    c.header('Set-Cookie', cookie, { append: true });
  }
}
