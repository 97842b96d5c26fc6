import type { MiddlewareHandler } from 'hono';

const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For a page with a script of ours. */
export function scriptPolicy(nonce: string): string {
  return `${PAGE_POLICY}; script-src 'nonce-${nonce}'`;
}

/** For a mail inside one of our own pages: its inline styles, nothing that runs. */
export const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/** On every answer; a page's own policy takes the place of this one. */
export function securityHeaders(isTls: boolean): MiddlewareHandler {
  const headers = Object.entries({
    'Content-Security-Policy': PAGE_POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    ...(isTls ? { 'Strict-Transport-Security': 'max-age=31536000' } : {}),
  });
  return async (c, next) => {
    // Set before, they are part of the answer as it is made; one that was made elsewhere lacks them.
    headers.forEach(([name, value]) => c.header(name, value));
    await next();
    if (!c.res.headers.has('X-Content-Type-Options')) {
      headers.forEach(([name, value]) => c.res.headers.set(name, value));
    }
  };
}

/** Pages that carry a reader's token: kept nowhere, found by nobody. */
export const privatePage: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  c.header('X-Robots-Tag', 'noindex');
  await next();
};
