import type { MiddlewareHandler } from 'hono';

const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** For a page with a script of ours, which may talk to nobody else. */
export function scriptPolicy(nonce: string): string {
  return `${PAGE_POLICY}; script-src 'nonce-${nonce}'; connect-src 'self'`;
}

/** For a mail inside one of our own pages: its inline styles, nothing that runs. */
export const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'";

/** A page's own policy, set before, stays. */
export function securityHeaders(isTls: boolean): MiddlewareHandler {
  return async (c, next) => {
    await next();
    const set = (name: string, value: string) => {
      if (!c.res.headers.has(name)) {
        c.res.headers.set(name, value);
      }
    };
    set('Content-Security-Policy', PAGE_POLICY);
    set('X-Content-Type-Options', 'nosniff');
    set('Referrer-Policy', 'same-origin');
    set('Cross-Origin-Opener-Policy', 'same-origin');
    set('Permissions-Policy', 'camera=(), geolocation=(), microphone=()');
    if (isTls) {
      set('Strict-Transport-Security', 'max-age=31536000');
    }
  };
}

/** Pages that carry a reader's token: kept nowhere, found by nobody. */
export const privatePage: MiddlewareHandler = async (c, next) => {
  await next();
  c.res.headers.set('Cache-Control', 'no-store');
  c.res.headers.set('X-Robots-Tag', 'noindex');
};
