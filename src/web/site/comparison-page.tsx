import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import { findComparison } from '../../comparisons/show/facts.ts';
import type { Context } from '../../context.ts';
import { composeComparison } from '../../issues/write/compose.ts';
import { findComparisonInIssues } from '../../issues/results/find-comparison.ts';
import { withCommunity } from '../../issues/results/with-result.ts';
import { loadCommunity } from '../../votes/tally/community.ts';
import { Scorecard, ToolSummary, Verdict } from './comparison-view.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { SignUpForm } from '../layout/sign-up-form.tsx';

/** Both tools with all figures and all of the panel's reviews. */
export async function comparisonPage(c: PageContext) {
  const context = c.get('context');
  const found = await findContent(context, c.req.param('slug') ?? '');
  if (!found) {
    return c.notFound();
  }
  const { comparison, published_at } = found;
  const { panelLabel } = context.config;
  const children = (
    <>
      <p className="kicker">AI tool comparison</p>
      <h1>{comparison.headline}</h1>
      <p className="lede">{comparison.question}</p>
      <div className="beside">
        <Verdict comparison={comparison} panelLabel={panelLabel} />
        <SignUpForm source={`/comparisons/${comparison.slug}`} />
      </div>
      <div className="columns">
        {comparison.tools.map((tool) => (
          <ToolSummary key={tool.slug} tool={tool} />
        ))}
      </div>
      <Scorecard comparison={comparison} panelLabel={panelLabel} />
    </>
  );
  const page = {
    path: `/comparisons/${comparison.slug}`,
    description: `${panelLabel ? `${panelLabel}: ` : ''}${comparison.verdict}`,
    published_at,
    about: comparison.tools,
  };
  return showPage(c, { title: comparison.headline, children, page });
}

interface Found {
  comparison: ComparisonContent;
  published_at: Date;
}

/** The current facts. A pair that was only ever paired by an issue is shown as in that issue. */
async function findContent({ db, now }: Context, slug: string): Promise<Found | undefined> {
  const facts = await findComparison(db, slug);
  const communityOf = (tools: readonly { slug: string }[]) =>
    loadCommunity(
      db,
      tools.map(({ slug }) => slug),
    );
  if (!facts || facts.published_at > now()) {
    const found = await findComparisonInIssues(db, slug);
    return (
      found && {
        ...found,
        comparison: withCommunity(found.comparison, await communityOf(found.comparison.tools)),
      }
    );
  }
  const community = await communityOf(facts.tools);
  return { comparison: composeComparison(facts, community), published_at: facts.published_at };
}
