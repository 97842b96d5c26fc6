import { Hono } from 'hono';
import type { Context } from '../context.ts';
import { aboutFile, aboutPage, eraseAction, erasePage } from './reader/about-page.tsx';
import { addressPage, confirmAddressAction } from './reader/address-page.tsx';
import { api } from './api/api.ts';
import { comparison } from './site/comparison-page.tsx';
import { comparisonResult } from './results/comparison-result-page.tsx';
import { comparisonsPage } from './site/comparisons-page.tsx';
import { confirmAction, confirmPage } from './reader/confirm-page.tsx';
import { atomFeed, jsonFeed } from './site/feeds.tsx';
import { healthz, onSchedule, readyz } from './health/health.ts';
import { homePage } from './site/home-page.tsx';
import { issuePage, issuesPage } from './site/issue-page.tsx';
import { JOIN_SCRIPT_PATH, joinScript } from './join/join-script.ts';
import { subscribe } from './join/subscribe.tsx';
import { showError, showNotFound } from './failure/failure-pages.tsx';
import { conditional } from './request/conditional.ts';
import { cleanPath } from './request/clean-path.ts';
import { secondsSince } from '../metrics/metrics.ts';
import { limitBody, MAX_FORM_BYTES } from './request/limit-body.ts';
import { type AppEnv, type PageContext, STYLESHEET_PATH } from './layout/page.tsx';
import { addressAction, preferencesAction, preferencesPage } from './reader/preferences-page.tsx';
import { countedLink } from './mail-links/counted-link.ts';
import { browserCopy } from './mail-links/browser-copy.ts';
import { resultPage, resultsPage } from './results/results-page.tsx';
import { privatePage, securityHeaders } from './layout/security-headers.ts';
import { favicon, siteCss } from './layout/site-css.ts';
import { robots, sitemap } from './site/sitemap.ts';
import { stayAction, stayPage } from './reader/stay-page.tsx';
import { studio } from './studio/studio.tsx';
import { undoUnsubscribeAction, unsubscribeAction, unsubscribePage } from './reader/unsubscribe-page.tsx';
import { ACCESS_SCRIPT_PATH, accessScript } from './studio-access/access-script.ts';
import { STUDIO_SCRIPT_PATH, studioScript } from './studio-review/studio-script.ts';
import { votePage } from './vote/vote-page.tsx';
import { castVoteAction, recordInteractionAction } from './vote/vote-post.ts';
import { PREFERENCES_SCRIPT_PATH, preferencesScript } from './reader/preferences-script.ts';
import { VOTE_SCRIPT_PATH, voteScript } from './vote/vote-script.ts';
import { WATCH_SCRIPT_PATH, watchScript } from './studio-watch/watch-script.ts';
import { resendWebhook } from './api/webhooks.ts';
import { toolPicture } from './site/tool-picture.ts';
import { coalesceRequests } from './site/coalesce-requests.ts';

/** First path segments of the pages with a reader's token in the path. */
const READER_PREFIXES = ['v', 'i', 'to', 'confirm', 'unsubscribe', 'preferences', 'address', 'stay'];
/** Pages that answer conditional requests, and share a rendering between concurrent ones. */
const PUBLIC_PAGES = [
  '/',
  '/issues/*',
  '/comparisons/*',
  '/results/*',
  '/feed.atom',
  '/feed.json',
  '/sitemap.xml',
  '/robots.txt',
];
const MAX_WEBHOOK_BYTES = 1024 * 1024;

/** The web application: all pages, the API and the webhook endpoint. */
export function createApp(context: Context): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ getPath: cleanPath });
  app.use(async (c, next) => {
    c.set('context', context);
    const started_ms = performance.now();
    await next();
    context.metrics.respond(c.req.routePath, c.res.status, secondsSince(started_ms));
  });
  app.use(securityHeaders(context.config.publicUrl.startsWith('https:')));
  // PostgreSQL text cannot contain NUL, so no valid URL does.
  app.use(async (c, next) => {
    if (!/%00/.test(c.req.url)) {
      return next();
    }
    const error = 'The URL contains a NUL character (%00).';
    return c.req.path.startsWith('/api/') ? c.json({ error }, 400) : c.notFound();
  });
  app.use('/webhooks/*', limitBody(MAX_WEBHOOK_BYTES));
  app.on(
    'POST',
    ['/subscribe', ...READER_PREFIXES.map((prefix) => `/${prefix}/*`)],
    limitBody(MAX_FORM_BYTES),
  );
  const shared = coalesceRequests();
  PUBLIC_PAGES.forEach((path) => app.use(path, conditional, shared));
  mountPublicPages(app);
  mountReaderPages(app);
  if (context.config.studio !== 'off') {
    app.route('/studio', studio(context.config.studio));
  }
  app.notFound(showNotFound);
  app.onError((error, c) => showError(error, c as PageContext));
  return app;
}

function mountPublicPages(app: Hono<AppEnv>): void {
  app.get('/', homePage);
  app.get('/subscribe', (c) => c.redirect('/'));
  app.post('/subscribe', subscribe);
  app.get(JOIN_SCRIPT_PATH, (c) =>
    c.text(joinScript, 200, {
      'Content-Type': 'text/javascript; charset=utf-8',
      // Other pages refer to it, so its path stays the same.
      'Cache-Control': 'public, max-age=3600',
    }),
  );
  app.get('/issues', issuesPage);
  app.get('/issues/:week', issuePage);
  app.get('/comparisons', comparisonsPage);
  app.get('/comparisons/:slug', comparison);
  app.get('/pictures/:name', toolPicture);
  app.get('/results', resultsPage);
  app.get('/results/:week', resultPage);
  app.get('/results/:week/:name', comparisonResult);
  app.route('/api', api());
  app.get('/feed.atom', atomFeed);
  app.get('/feed.json', jsonFeed);
  app.get('/sitemap.xml', sitemap);
  app.get('/robots.txt', robots);
  app.post('/webhooks/resend', resendWebhook);
  app.get('/healthz', healthz);
  app.get('/readyz', readyz);
  app.get('/onschedule', onSchedule);
  for (const [path, text, type] of [
    [STYLESHEET_PATH, siteCss, 'text/css'],
    [VOTE_SCRIPT_PATH, voteScript, 'text/javascript'],
    [PREFERENCES_SCRIPT_PATH, preferencesScript, 'text/javascript'],
    [STUDIO_SCRIPT_PATH, studioScript, 'text/javascript'],
    [ACCESS_SCRIPT_PATH, accessScript, 'text/javascript'],
    [WATCH_SCRIPT_PATH, watchScript, 'text/javascript'],
  ] as const) {
    app.get(path, (c) =>
      c.text(text, 200, {
        'Content-Type': `${type}; charset=utf-8`,
        'Cache-Control': 'public, max-age=31536000, immutable',
      }),
    );
  }
  app.on('GET', ['/favicon.svg', '/favicon.ico'], (c) =>
    c.body(favicon, 200, { 'Content-Type': 'image/svg+xml', 'Cache-Control': 'public, max-age=86400' }),
  );
}

function mountReaderPages(app: Hono<AppEnv>): void {
  for (const prefix of READER_PREFIXES) {
    app.use(`/${prefix}/*`, privatePage);
  }
  app.get('/v/:token', votePage);
  app.get('/v/:token/:tool/:choice', votePage);
  app.post('/v/:token/:tool/:choice', castVoteAction);
  app.post('/v/:token/:tool/:choice/hand', recordInteractionAction);
  app.get('/i/:token', browserCopy);
  app.get('/to/:token/comparisons/:slug', countedLink);
  app.get('/to/:token/results/:week', countedLink);
  app.get('/to/:token/issues', countedLink);
  app.get('/confirm/:token', confirmPage);
  app.post('/confirm/:token', confirmAction);
  app.get('/unsubscribe/:token', unsubscribePage);
  app.post('/unsubscribe/:token', unsubscribeAction);
  // Opened again: the answers to forms that were posted there.
  app.get('/unsubscribe/:token/undo', (c) => c.redirect(`/unsubscribe/${c.req.param('token')}`));
  app.post('/unsubscribe/:token/undo', undoUnsubscribeAction);
  app.get('/preferences/:token', preferencesPage);
  app.post('/preferences/:token', preferencesAction);
  app.get('/preferences/:token/address', (c) => c.redirect(`/preferences/${c.req.param('token')}`));
  app.post('/preferences/:token/address', addressAction);
  app.get('/preferences/:token/about', aboutPage);
  app.get('/preferences/:token/about.json', aboutFile);
  app.get('/preferences/:token/erase', erasePage);
  app.post('/preferences/:token/erase', eraseAction);
  app.get('/address/:token', addressPage);
  app.post('/address/:token', confirmAddressAction);
  app.get('/stay/:token', stayPage);
  app.post('/stay/:token', stayAction);
}
