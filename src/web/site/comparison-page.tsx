import { comparisonUrl } from '../../links/comparison-url.ts';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';
import { findComparison } from '../../comparisons/show/facts.ts';
import type { Context } from '../../context.ts';
import { composeComparison } from '../../issues/write/compose.ts';
import { findComparisonInIssues, type SentComparison } from '../../issues/results/find-comparison.ts';
import type { Drawn } from '../../issues/results/draw-share-image.tsx';
import { SHARE_IMAGE } from '../../issues/results/result.ts';
import { withCommunity } from '../../issues/results/with-result.ts';
import { loadCommunityTallies } from '../../votes/tally/community.ts';
import { Scorecard, ToolSummary, Verdict } from './comparison-view.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';

/** A comparison's page, or with `.png` its picture for sharing. */
export function comparison(c: PageContext) {
  const slug = c.req.param('slug') ?? '';
  return slug.endsWith('.png')
    ? comparisonPicture(c, slug.slice(0, -'.png'.length))
    : comparisonPage(c, slug);
}

/** Both tools with all figures and all of the panel's reviews. */
async function comparisonPage(c: PageContext, slug: string) {
  const context = c.get('context');
  const found = await findContent(context, slug);
  if (!found) {
    return c.notFound();
  }
  const { comparison, published_at, sent } = found;
  const { panelLabel } = context.config;
  const children = (
    <>
      <p className="kicker">AI tool comparison</p>
      <h1>{comparison.headline}</h1>
      <p className="lede">{comparison.question}</p>
      <div className="beside">
        <div>
          <Verdict comparison={comparison} panelLabel={panelLabel} />
          <TheVote sent={sent} slug={comparison.slug} />
        </div>
        <SignUpForm source={`/comparisons/${comparison.slug}`} started={signFormTime(c)} />
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
    canonical: comparisonUrl(context.config, comparison.slug),
    description: `${panelLabel ? `${panelLabel}: ` : ''}${comparison.verdict}`,
    published_at,
    about: comparison.tools,
    image: {
      path: `/comparisons/${comparison.slug}.png`,
      alt: `${comparison.headline}: ${comparison.tools.map(({ name, panel }) => `${name} ${panel.ship} of ${panel.of}`).join(', ')}`,
      ...SHARE_IMAGE,
    },
  };
  return showPage(c, { title: comparison.headline, children, page });
}

/** Where the vote on this pair stands, and how to take part. */
function TheVote({ sent, slug }: { sent: SentComparison | undefined; slug: string }) {
  return (
    <section className="sheet" aria-labelledby="vote">
      <h2 id="vote">Ship or skip: the readers’ vote</h2>
      {sent === undefined ? (
        <p>This comparison hasn’t been in an issue yet. Readers vote once it has.</p>
      ) : sent.is_closed ? (
        <p>
          It was up for a vote in issue {sent.number}.{' '}
          <a href={`/results/${sent.week}/${slug}`}>See the result</a>
        </p>
      ) : (
        <p>
          Voting is open until {sent.votes_until}. If you got{' '}
          <a href={`/issues/${sent.week}`}>issue {sent.number}</a>, vote with the buttons in your email.
        </p>
      )}
      {sent?.is_closed === false ? null : (
        <p className="quiet">
          Votes are cast in the weekly email, one per reader. Sign up to vote on the next one.
        </p>
      )}
    </section>
  );
}

/** Drawn from the current facts; each time somebody shares the page, it is fetched once. */
async function comparisonPicture(c: PageContext, slug: string) {
  const context = c.get('context');
  const found = await findContent(context, slug);
  if (!found) {
    return c.notFound();
  }
  const { png, is_complete } = await pictureOf(context, found.comparison);
  return c.body(new Uint8Array(png), 200, {
    'Content-Type': 'image/png',
    'Cache-Control': is_complete ? 'public, max-age=86400' : 'public, max-age=300',
  });
}

const PICTURES_KEPT = 100;
/** One picture at a time, so that whoever asks for all of them takes no more than one core from voters. */
const oneAtATime = pLimit(1);
const pictures = new LRUCache<string, Drawn, () => Promise<Drawn>>({
  max: PICTURES_KEPT,
  fetchMethod: (_key, _stale, { context: draw }) => oneAtATime(draw),
});

async function pictureOf({ config }: Context, comparison: ComparisonContent): Promise<Drawn> {
  const { panelLabel, publicUrl } = config;
  const shown = comparison.tools.map(({ name, panel }) => [name, panel]);
  const key = JSON.stringify([comparison.pick, shown, panelLabel, publicUrl]);
  const drawn = await pictures.forceFetch(key, {
    context: async () => {
      // Loaded on first use: the renderer is a native library, and most processes draw nothing.
      const { drawPanelImage } = await import('../../issues/results/draw-share-image.tsx');
      return drawPanelImage(comparison, { panelLabel, publicUrl });
    },
  });
  if (!drawn.is_complete) {
    pictures.delete(key);
  }
  return drawn;
}

interface Found {
  comparison: ComparisonContent;
  published_at: Date;
  sent: SentComparison | undefined;
}

/**
 * The current facts. While the figures still hold, the verdict is worded as in the newest issue with them, so that mail
 * and page agree. A pair that exists only in an issue is shown as it was there.
 */
async function findContent({ db, now }: Context, slug: string): Promise<Found | undefined> {
  const facts = await findComparison(db, slug);
  const communityOf = (tools: readonly { slug: string }[]) =>
    loadCommunityTallies(
      db,
      tools.map(({ slug }) => slug),
    );
  const sent = await findComparisonInIssues(db, slug);
  if (!facts || facts.published_at > now()) {
    return (
      sent && {
        published_at: sent.published_at,
        sent,
        comparison: withCommunity(sent.comparison, await communityOf(sent.comparison.tools)),
      }
    );
  }
  const community = await communityOf(facts.tools);
  const comparison = composeComparison(facts, community);
  return {
    comparison:
      sent && hasSameFigures(sent.comparison, comparison)
        ? { ...comparison, verdict: sent.comparison.verdict }
        : comparison,
    published_at: facts.published_at,
    sent,
  };
}

/** Whether everything that a verdict's words may be about is the same: the tools' names, who ships what, and the prices. */
function hasSameFigures(one: ComparisonContent, other: ComparisonContent): boolean {
  return figuresOf(one) === figuresOf(other);
}

function figuresOf({ reviewer_split, pricing_read, tools }: ComparisonContent): string {
  return JSON.stringify([
    reviewer_split,
    pricing_read,
    tools.map(({ name, panel }) => [name, panel.ship, panel.of]),
  ]);
}
