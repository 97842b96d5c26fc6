import { comparisonHref } from '../../links/comparison-url.ts';
import type { Config } from '../../config/config.ts';
import { parseWeek } from '../../week.ts';
import { findIssue, listSentIssues } from '../../issues/record/issue.ts';
import { withResult } from '../../issues/results/with-result.ts';
import { loadFrozenTallies } from '../../votes/tally/load-tallies.ts';
import { Verdict } from './comparison-view.tsx';
import { IssueList } from './home-page.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { ReaderResult } from './reader-result.tsx';
import { Earlier, readBefore } from '../layout/earlier.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';
import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';

/** A year of issues. */
const PAGE_SIZE = 52;

/** The archive of sent issues, a page at a time. */
export async function issuesPage(c: PageContext) {
  const before = readBefore(c);
  const found = await listSentIssues(c.get('context').db, PAGE_SIZE + 1, before);
  const issues = found.slice(0, PAGE_SIZE);
  const last = found.length > PAGE_SIZE ? issues.at(-1) : undefined;
  const children = (
    <>
      <h1>Issues{before ? ` before ${before}` : ''}</h1>
      {issues.length > 0 ? (
        <IssueList issues={issues} />
      ) : (
        <p>{before ? 'There are no earlier issues.' : 'The first issue is on its way.'}</p>
      )}
      <Earlier path="/issues" what="issues" before={before} last={last?.week} />
      <SignUpForm source="/issues" started={signFormTime(c)} />
    </>
  );
  const page = {
    path: before ? `/issues?before=${before}` : '/issues',
    description: 'Every issue of Weekly AI Tool Verdicts, the newest first.',
  };
  return showPage(c, { title: before ? `Issues before ${before}` : 'Issues', children, page });
}

/** The public page of one issue, without any reader's data. */
export async function issuePage(c: PageContext) {
  const { config, db } = c.get('context');
  const issue = await findIssue(db, parseWeek(c.req.param('week') ?? ''));
  if (!issue?.prepared_at) {
    return c.notFound();
  }
  const tallies = await loadFrozenTallies(db, issue.id);
  const content = withResult(issue.content, new Map(tallies.map((tally) => [tally.tool_slug, tally])));
  const children = (
    <>
      <p className="kicker">
        Issue {content.number} · Week of {content.date}
      </p>
      <h1>{content.lead.headline}</h1>
      {content.introduction ? <p>{content.introduction}</p> : null}
      <div className="beside">
        <ShortComparison comparison={content.lead} config={config} />
        <SignUpForm source={`/issues/${issue.week}`} started={signFormTime(c)} />
      </div>
      {content.more.length > 0 ? <h2>Also compared this week</h2> : null}
      {content.more.map((comparison) => (
        <section key={comparison.slug} aria-label={comparison.headline}>
          <h3>{comparison.headline}</h3>
          <ShortComparison comparison={comparison} config={config} />
        </section>
      ))}
      {tallies.length > 0 ? (
        <section className="sheet" aria-labelledby="result">
          <h2 id="result">How readers voted</h2>
          <ReaderResult
            issueNumber={content.number}
            pairs={[content.lead, ...content.more].map(({ headline, tools }) => ({ name: headline, tools }))}
            tallies={tallies}
          />
          <p>
            <a href={`/results/${issue.week}`}>The whole result of issue {content.number}</a>
          </p>
        </section>
      ) : null}
    </>
  );
  const page = {
    path: `/issues/${issue.week}`,
    description: content.preheader,
    published_at: issue.prepared_at,
    about: [content.lead, ...content.more].flatMap(({ tools }) => tools),
  };
  return showPage(c, { title: `${content.lead.headline}, issue ${content.number}`, children, page });
}

function ShortComparison({ comparison, config }: { comparison: ComparisonContent; config: Config }) {
  const { panelLabel } = config;
  return (
    <Verdict comparison={comparison} panelLabel={panelLabel}>
      <p>
        <a href={comparisonHref(config, comparison.slug)}>Read {comparison.headline} in full</a>
      </p>
    </Verdict>
  );
}
