import { Hono, type MiddlewareHandler } from 'hono';
import type { Db } from '../../../database/connect.ts';
import { inboxPage } from './_inbox-page.tsx';
import { mailHtml } from './_mail-html.ts';
import { mailPage } from './_mail-page.tsx';
import { outboxCss, outboxIcon } from './_outbox-css.ts';

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The inbox pages for a browser; they can be mounted at any path. */
export function openPages(db: Db): Hono {
  const pages = new Hono();
  pages.use(setSecurityHeaders);
  pages.on(['GET', 'POST'], '/', inboxPage(db));
  pages.get('/mails/:id', mailPage(db));
  pages.get('/mails/:id/html', mailHtml(db));
  pages.get('/outbox.css', (c) => c.body(outboxCss, 200, { 'content-type': 'text/css; charset=utf-8' }));
  pages.get('/outbox.svg', (c) => c.body(outboxIcon, 200, { 'content-type': 'image/svg+xml' }));
  return pages;
}

/** Keeps a Content-Security-Policy that the page has set itself. */
const setSecurityHeaders: MiddlewareHandler = async (c, next) => {
  await next();
  const policy = c.res.headers.get('content-security-policy') ?? POLICY;
  c.res.headers.set('content-security-policy', policy);
  c.res.headers.set('x-content-type-options', 'nosniff');
  c.res.headers.set('referrer-policy', 'same-origin');
  c.res.headers.set('cache-control', 'no-store');
};
