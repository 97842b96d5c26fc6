import { comparisonHref } from '../../links/comparison-url.ts';
import { type ClosedIssue, findClosedIssue } from '../../issues/results/list-closed.ts';
import {
  type ComparisonResult,
  composeResult,
  SHARE_IMAGE,
  writeShareText,
} from '../../issues/results/result.ts';
import { findShareImage } from '../../issues/results/share-image.ts';
import { parseWeek } from '../../week.ts';
import type { PublicImage } from '../layout/head.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { showNoResultYet } from './_no-result-yet.tsx';
import { drawResults, ResultChart, ResultTable, type ResultWithCharts } from './_result-chart.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';

/** The page of one comparison's result, or with `.png` its picture. */
export function comparisonResult(c: PageContext) {
  const name = c.req.param('name') ?? '';
  return name.endsWith('.png') ? shareImage(c, name.slice(0, -'.png'.length)) : comparisonResultPage(c, name);
}

/** The result, with a text and a picture to share. */
async function comparisonResultPage(c: PageContext, name: string) {
  const issue = await findResult(c);
  const found = issue && listResults(issue).find(({ slug }) => slug === name);
  if (!issue || !found) {
    return issue ? c.notFound() : showNoResultYet(c, name);
  }
  const { config, db } = c.get('context');
  const { panelLabel, publicUrl } = config;
  const [result] = (await drawResults(db, issue, [found])) as [ResultWithCharts];
  const path = `/results/${issue.week}/${result.slug}`;
  const text = writeShareText(result, panelLabel);
  const image = imageOf(issue, result);
  const children = (
    <>
      <p className="kicker">
        <a href={`/results/${issue.week}`}>Issue {issue.number}</a> · Week of {issue.content.date}
      </p>
      <h1>{result.headline}: how readers voted</h1>
      <div className="beside">
        <div>
          <section className="sheet" aria-label="Result">
            <Result result={result} panelLabel={panelLabel} />
            <p>
              <a href={comparisonHref(config, result.slug)}>What the panel said of {result.headline}</a>
            </p>
          </section>
          <Share text={`${text} ${publicUrl}${path}`} image={image} />
        </div>
        <SignUpForm source={path} started={signFormTime(c)} />
      </div>
    </>
  );
  return showPage(c, {
    title: `${result.headline}: how readers voted`,
    children,
    page: { path, description: text, published_at: issue.frozen_at, image },
  });
}

/** A frozen result's picture never changes. */
async function shareImage(c: PageContext, slug: string) {
  const issue = await findResult(c);
  const drawn = issue && (await findShareImage(c.get('context'), issue, slug));
  return drawn
    ? c.body(new Uint8Array(drawn.png), 200, {
        'Content-Type': 'image/png',
        'Cache-Control': drawn.is_complete ? 'public, max-age=31536000, immutable' : 'public, max-age=300',
      })
    : c.notFound();
}

/** The issue that the URL names, once its voting is over. */
export async function findResult(c: PageContext): Promise<ClosedIssue | undefined> {
  return findClosedIssue(c.get('context').db, parseWeek(c.req.param('week') ?? ''));
}

export function listResults({ content, tallies }: ClosedIssue): ComparisonResult[] {
  return [content.lead, ...content.more].map((comparison) => composeResult(comparison, tallies));
}

export function imageOf({ week, frozen_at }: ClosedIssue, result: ComparisonResult): PublicImage {
  return {
    // Browsers and other sites keep the picture for a year.
    path: `/results/${week}/${result.slug}.png?v=${frozen_at.getTime()}`,
    alt: `${result.headline}: ${result.tools.map(({ name, shown }) => `${name} ${shown}`).join(', ')}`,
    ...SHARE_IMAGE,
  };
}

/** One comparison: the chart, the table, and the number of held votes. */
export function Result({ result, panelLabel }: { result: ResultWithCharts; panelLabel: string }) {
  return (
    <>
      {result.is_too_close_to_call ? (
        <p>
          <strong>Too close to call.</strong> The difference is no larger than chance explains, even for
          readers who voted on both.
        </p>
      ) : null}
      <ResultChart result={result} panelLabel={panelLabel} />
      <ResultTable result={result} panelLabel={panelLabel} />
      {result.held > 0 ? (
        <p className="quiet">
          {result.held === 1 ? '1 more vote is' : `${result.held} more votes are`} held and not counted,
          because we couldn’t confirm that a person cast {result.held === 1 ? 'it' : 'them'} or because the
          editors set {result.held === 1 ? 'it' : 'them'} aside.
          {result.waiting > 0
            ? ` ${result.waiting} of them came from groups of new readers who have something in common and voted one-sidedly.`
            : null}
        </p>
      ) : null}
    </>
  );
}

function Share({ text, image }: { text: string; image: PublicImage }) {
  return (
    <section className="sheet" aria-labelledby="share">
      <h2 id="share">Pass it on</h2>
      <label htmlFor="share-text">In words</label>
      <textarea id="share-text" readOnly rows={4} defaultValue={text} />
      <p>As a picture of 1200 × 630, drawn once from the frozen result:</p>
      <a href={image.path}>
        <img src={image.path} alt={image.alt} width={image.width} height={image.height} loading="lazy" />
      </a>
    </section>
  );
}
