import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import { pageComparisons } from '../../comparisons/show/facts.ts';
import { AppError, type ErrorCode } from '../../errors.ts';
import { listClosedIssues } from '../../issues/results/list-closed.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import { parseWeek } from '../../week.ts';
import { isOutage, reportOutage } from '../../database/outage.ts';
import { subscribeByApi } from '../join/subscribers-api.ts';
import { BodyTooLarge, limitBody } from '../request/limit-body.ts';
import { fromContent, fromFacts } from './_api-comparison.ts';
import { showComparison, showComparisonBadge, showTool, showToolBadge } from './_single.ts';
import type { ComparisonList, ResultList } from './_api-shapes.ts';
import { openApiDocument } from './_openapi.ts';
import type { AppEnv, PageContext } from '../layout/page.tsx';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

const MAX_BODY_BYTES = 4_096;

/** Reader votes for display on the main site: public, for any origin, cached for five minutes; and signing up from there. */
export function api(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use('/subscribers', allowSiteOrigins, limitBody(MAX_BODY_BYTES));
  app.post('/subscribers', async (c) => {
    c.header('Cache-Control', 'no-store');
    return subscribeByApi(c);
  });
  app.all('/subscribers', (c) => refuseMethod(c, 'POST'));
  app.use(cors({ origin: '*', allowMethods: ['GET', 'HEAD'] }));
  app.use(etag());
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', c.res.ok || c.res.status === 304 ? 'public, max-age=300' : 'no-store');
  });
  for (const [path, parameters, show] of READ_ONLY) {
    app.get(path, onlyKnown(...parameters), show);
    app.all(path, (c) => refuseMethod(c, 'GET, HEAD'));
  }
  app.all('*', (c) => c.json({ error: 'Not found. See /api/openapi.json for the endpoints.' }, 404));
  app.onError((error, c) => showApiError(error, c as PageContext));
  return app;
}

/** Paths, the parameters that they take, and their handlers. */
const READ_ONLY: readonly [string, readonly string[], (c: PageContext) => Response | Promise<Response>][] = [
  ['/comparisons', ['after', 'limit'], listComparisonsAction],
  ['/comparisons/:slug', [], showComparison],
  ['/comparisons/:slug/badge.svg', [], showComparisonBadge],
  ['/tools/:slug', [], showTool],
  ['/tools/:slug/badge.svg', [], showToolBadge],
  ['/results', ['before', 'limit'], listResultsAction],
  ['/openapi.json', [], (c) => c.json(openApiDocument(c.get('context').config.publicUrl))],
];

function refuseMethod(c: PageContext, allowed: string) {
  c.header('Allow', allowed);
  return c.json({ error: `Only ${allowed} is allowed here.` }, 405);
}

/** Answers a browser's CORS preflight for pages of the site, and adds the headers to the response itself. */
const allowSiteOrigins: MiddlewareHandler<AppEnv> = (c, next) => {
  const { siteOrigins } = c.get('context').config;
  const handleCors = cors({
    origin: (origin) => (siteOrigins.includes(origin) ? origin : null),
    allowMethods: ['POST'],
    allowHeaders: ['Content-Type'],
    maxAge: 600,
  });
  return handleCors(c, next);
};

/** Rejects unknown parameters: ignoring one would give a different answer from the one expected. */
function onlyKnown(...names: string[]): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const unknown = Object.keys(c.req.query()).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      const known = names.length > 0 ? `it takes ${names.join(' and ')}` : 'it takes none';
      throw new AppError('invalid_input', `There is no parameter ${unknown.slice(0, 40)} here: ${known}.`);
    }
    return next();
  };
}

const STATUS: Partial<Record<ErrorCode, 400 | 403 | 404>> = {
  invalid_input: 400,
  forbidden: 403,
  not_found: 404,
};

function showApiError(error: Error, c: PageContext) {
  const status = error instanceof AppError ? STATUS[error.code] : undefined;
  if (status) {
    return c.json({ error: error.message }, status);
  }
  if (error instanceof BodyTooLarge) {
    return c.json({ error: `The request is too large; at most ${error.maxBytes} bytes are accepted.` }, 413);
  }
  if (error instanceof HTTPException) {
    return c.json({ error: error.message || 'The request cannot be answered.' }, error.status);
  }
  if (isOutage(error)) {
    reportOutage(c.get('context').log, error, 'an API request was answered with 503');
    c.header('Retry-After', '10');
    return c.json({ error: 'We cannot reach our records just now; please try again in a minute.' }, 503);
  }
  c.get('context').log.error(
    { err: error, method: c.req.method, route: c.req.routePath },
    'an API request failed',
  );
  return c.json({ error: 'Something went wrong on our side; please try again later.' }, 500);
}

async function listComparisonsAction(c: PageContext) {
  const context = c.get('context');
  const limit = readLimit(c);
  const found = await pageComparisons(context.db, context.now(), c.req.query('after') ?? '', limit + 1);
  const shown = found.slice(0, limit);
  const slugs = shown.flatMap(({ tools }) => tools.map(({ slug }) => slug));
  const community = await loadCommunityTallies(context.db, [...new Set(slugs)]);
  const response: ComparisonList = {
    comparisons: shown.map((facts) => fromFacts(context.config, facts, community)),
    next: found.length > limit ? nextUrl(c, 'after', shown.at(-1)?.slug ?? '', limit) : null,
  };
  return c.json(response);
}

async function listResultsAction(c: PageContext) {
  const context = c.get('context');
  const limit = readLimit(c);
  const text = c.req.query('before');
  const before = text === undefined ? undefined : parseWeek(text);
  const found = await listClosedIssues(context.db, before, limit + 1);
  const shown = found.slice(0, limit);
  const response: ResultList = {
    results: shown.map(({ week, number, frozen_at, content, tallies }) => ({
      week,
      number,
      url: `${context.config.publicUrl}/issues/${week}`,
      frozen_at: frozen_at.toISOString(),
      comparisons: [content.lead, ...content.more].map((one) => fromContent(context.config, one, tallies)),
    })),
    next: found.length > limit ? nextUrl(c, 'before', shown.at(-1)?.week ?? '', limit) : null,
  };
  return c.json(response);
}

function readLimit(c: PageContext): number {
  const text = c.req.query('limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) {
    throw new AppError('invalid_input', `limit: must be a whole number from 1 to ${MAX_LIMIT}.`);
  }
  return limit;
}

function nextUrl(c: PageContext, cursor: string, value: string, limit: number): string {
  const query = new URLSearchParams({ [cursor]: value, limit: String(limit) });
  return `${c.get('context').config.publicUrl}${c.req.path}?${query.toString()}`;
}
