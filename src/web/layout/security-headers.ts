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

/** The policy of a page that one of our own pages frames. */
export const FRAME_POLICY = PAGE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'");

/** The policy of a page whose form leads on to a page of this origin: browsers check redirects of forms as well. */
export function formPolicy(origin: string): string {
  return PAGE_POLICY.replace("form-action 'self'", `form-action 'self' ${origin}`);
}

/** The policy of a page with one of our scripts. */
export function scriptPolicy(nonce: string): string {
  return `${PAGE_POLICY}; script-src 'nonce-${nonce}'`;
}

/** The policy of a mail framed by one of our own pages: inline styles, but no scripts. */
export const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/** Set on every response; a page can override the Content-Security-Policy. */
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
    // Responses built by Hono include the headers set before next(); other responses lack them and get them afterwards.
    headers.forEach(([name, value]) => c.header(name, value));
    await next();
    if (!c.res.headers.has('X-Content-Type-Options')) {
      headers.forEach(([name, value]) => c.res.headers.set(name, value));
    }
  };
}

/** For pages with a reader's token in the path: never cached, never indexed. */
export const privatePage: MiddlewareHandler = async (c, next) => {
  c.header('Cache-Control', 'no-store');
  c.header('X-Robots-Tag', 'noindex');
  await next();
};
