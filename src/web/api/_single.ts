import { isPublicTool, listTools } from '../../comparisons/show/facts.ts';
import { panelOf } from '../../comparisons/show/panel.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import { NOTHING_SHOWN } from '../../votes/tally/tally.ts';
import type { PageContext } from '../layout/page.tsx';
import { buildTool, loadApiComparison } from './_api-comparison.ts';
import type { ApiComparison, ApiTool } from './_api-shapes.ts';
import { drawBadge } from './_badge.ts';

const TOO_FEW_VOTES = 'too few votes yet';

export async function showComparison(c: PageContext) {
  return c.json(await getComparison(c));
}

export async function showTool(c: PageContext) {
  return c.json(await getTool(c));
}

/** Both tools' shares in one picture. */
export async function showComparisonBadge(c: PageContext) {
  const { tools } = await getComparison(c);
  const figures = tools.map(({ name, community }) => `${name} ${figureOf(community.shown)}`);
  return sendBadge(c, 'Readers', figures.join(' · '));
}

export async function showToolBadge(c: PageContext) {
  const { community } = await getTool(c);
  return sendBadge(c, 'Readers', figureOf(community.shown));
}

function figureOf(shown: string): string {
  return shown === NOTHING_SHOWN ? TOO_FEW_VOTES : shown;
}

function sendBadge(c: PageContext, label: string, figure: string) {
  return c.body(drawBadge(label, figure), 200, { 'Content-Type': 'image/svg+xml; charset=utf-8' });
}

async function getComparison(c: PageContext): Promise<ApiComparison> {
  const found = await loadApiComparison(c.get('context'), c.req.param('slug') ?? '');
  if (!found) {
    throw new AppError('not_found', 'There is no comparison with this slug. See /api/comparisons for all.');
  }
  return found;
}

async function getTool(c: PageContext): Promise<ApiTool> {
  const { config, db, now }: Context = c.get('context');
  const slug = c.req.param('slug') ?? '';
  const tool = (await listTools(db, [slug])).get(slug);
  if (!tool || !(await isPublicTool(db, slug, now()))) {
    throw new AppError('not_found', 'There is no tool with this slug.');
  }
  const { ship, of } = panelOf(tool.reviews);
  const tallies = await loadCommunityTallies(db, [slug]);
  return buildTool(config, { slug, name: tool.name, panel: { ship, of } }, tallies);
}
