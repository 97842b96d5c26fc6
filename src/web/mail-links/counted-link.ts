import { countClick } from '../../issues/results/clicks.ts';
import { isOutage, reportOutage } from '../../database/outage.ts';
import { comparisonHref } from '../../links/comparison-url.ts';
import { verifyVoteToken } from '../../links/tokens.ts';
import type { PageContext } from '../layout/page.tsx';

/**
 * Redirects from a mail to one of our pages, or to a comparison on the site, and counts the click. The target is built
 * from the path, so this is no open redirect. Only signed links redirect, and they do so even while clicks cannot be
 * counted.
 */
export async function countedLink(c: PageContext) {
  const context = c.get('context');
  const ids = verifyVoteToken(context.linkKeys, c.req.param('token') ?? '');
  if (!ids) {
    return c.notFound();
  }
  const { slug, week } = c.req.param() as { slug?: string; week?: string };
  const [folder, name] = slug ? ['comparisons', slug] : week ? ['results', week] : ['issues'];
  // A slash in a name stays encoded, so that the redirect cannot leave the folder.
  const link = name === undefined ? folder : `${folder}/${encodeURIComponent(name)}`;
  const isNavigation = c.req.method === 'GET' && c.req.header('sec-fetch-mode') === 'navigate';
  try {
    await countClick(context, ids, link, isNavigation);
  } catch (error) {
    if (!isOutage(error)) {
      throw error;
    }
    reportOutage(context.log, error, 'a click could not be counted');
  }
  return c.redirect(slug ? comparisonHref(context.config, slug) : `/${link}`, 302);
}
