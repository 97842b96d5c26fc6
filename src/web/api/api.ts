import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { etag } from 'hono/etag';
import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import { type ComparisonFacts, pageComparisons } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { listClosedIssues } from '../../issues/results/list-closed.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import {
  communityPercent,
  describeCommunity,
  isTooCloseToCall,
  shownVotes,
  type Tally,
} from '../../votes/tally/tally.ts';
import { parseWeek } from '../../week.ts';
import type { ApiComparison, ComparisonList, ResultList } from './_api-shapes.ts';
import { openApiDocument } from './_openapi.ts';
import type { AppEnv, PageContext } from '../layout/page.tsx';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

/** Reader votes for display on the main site: public, for any origin, cached for five minutes. */
export function api(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(cors({ origin: '*', allowMethods: ['GET', 'HEAD'] }));
  app.use(etag());
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', c.res.ok || c.res.status === 304 ? 'public, max-age=300' : 'no-store');
  });
  app.get('/comparisons', listComparisonsAction);
  app.get('/results', listResultsAction);
  app.get('/openapi.json', (c) => c.json(openApiDocument(c.get('context').config.publicUrl)));
  app.all('*', (c) => c.json({ error: 'Not found. See /api/openapi.json for the endpoints.' }, 404));
  app.onError((error, c) => {
    if (error instanceof AppError && error.code === 'invalid_input') {
      return c.json({ error: error.message }, 400);
    }
    c.get('context').log.error(
      { err: error, method: c.req.method, path: c.req.path },
      'an API request failed',
    );
    return c.json({ error: 'Something went wrong on our side; please try again later.' }, 500);
  });
  return app;
}

async function listComparisonsAction(c: PageContext) {
  const context = c.get('context');
  const limit = readLimit(c);
  const found = await pageComparisons(context.db, context.now(), c.req.query('after') ?? '', limit + 1);
  const shown = found.slice(0, limit);
  const slugs = shown.flatMap(({ tools }) => tools.map(({ slug }) => slug));
  const community = await loadCommunityTallies(context.db, [...new Set(slugs)]);
  const response: ComparisonList = {
    comparisons: shown.map((facts) => fromFacts(context, facts, community)),
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
      comparisons: [content.lead, ...content.more].map((one) => fromContent(context, one, tallies)),
    })),
    next: found.length > limit ? nextUrl(c, 'before', shown.at(-1)?.week ?? '', limit) : null,
  };
  return c.json(response);
}

type Tallies = ReadonlyMap<string, Tally & { held: number }>;

function fromFacts({ config }: Context, facts: ComparisonFacts, tallies: Tallies): ApiComparison {
  const tools = facts.tools.map((tool) => {
    const { ship, of } = panelOf(tool.reviews);
    return { slug: tool.slug, name: tool.name, panel: { ship, of } };
  });
  const headline = facts.tools.map(({ name }) => name).join(' vs ');
  return buildComparison(config, { slug: facts.slug, headline, tools }, tallies);
}

function fromContent(
  { config }: Context,
  { slug, headline, tools }: ComparisonContent,
  tallies: Tallies,
): ApiComparison {
  return buildComparison(config, { slug, headline, tools }, tallies);
}

interface ComparedTools {
  slug: string;
  headline: string;
  tools: readonly { slug: string; name: string; panel: { ship: number; of: number } }[];
}

function buildComparison(
  { publicUrl, panelLabel }: Context['config'],
  { slug, headline, tools }: ComparedTools,
  tallies: Tallies,
): ApiComparison {
  const [a, b] = tools.map((tool) => tallies.get(tool.slug));
  return {
    slug,
    headline,
    url: `${publicUrl}/comparisons/${slug}`,
    is_too_close_to_call: isTooCloseToCall(a, b),
    tools: tools.map((tool) => {
      const tally = tallies.get(tool.slug);
      return {
        slug: tool.slug,
        name: tool.name,
        panel: { ship: tool.panel.ship, of: tool.panel.of, label: panelLabel },
        community: {
          votes: shownVotes(tally) ?? null,
          ship_percent: communityPercent(tally) ?? null,
          held: tally?.held ?? 0,
          shown: describeCommunity(tally),
        },
      };
    }),
  };
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
