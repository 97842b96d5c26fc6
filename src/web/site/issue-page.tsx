import { parseWeek } from '../../week.ts';
import { findIssue } from '../../issues/record/issue.ts';
import { withResult } from '../../issues/results/with-result.ts';
import { loadTallies } from '../../votes/tally/load-tallies.ts';
import { Verdict } from './comparison-view.tsx';
import { IssueList, listSentIssues } from './home-page.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { ReaderResult } from './reader-result.tsx';
import { SignUpForm } from '../layout/sign-up-form.tsx';
import type { ComparisonContent } from '../../../emails/_parts/content/content.ts';

/** Every sent issue. */
export async function issuesPage(c: PageContext) {
  const issues = await listSentIssues(c.get('context'));
  const children = (
    <>
      <h1>Issues</h1>
      {issues.length > 0 ? <IssueList issues={issues} /> : <p>The first issue is being made.</p>}
      <SignUpForm source="/issues" />
    </>
  );
  const page = { path: '/issues', description: 'Every issue of Weekly AI Tool Verdicts, the newest first.' };
  return showPage(c, { title: 'Issues', children, page });
}

/** The public page of one issue, without any reader's data. */
export async function issuePage(c: PageContext) {
  const { config, db } = c.get('context');
  const issue = await findIssue(db, parseWeek(c.req.param('week') ?? ''));
  if (!issue?.prepared_at) {
    return c.notFound();
  }
  const tallies = (await loadTallies(db, issue.id)).filter((tally) => tally.is_frozen);
  const content = withResult(issue.content, new Map(tallies.map((tally) => [tally.tool_slug, tally])));
  const children = (
    <>
      <p className="kicker">
        Issue {content.number} · Week of {content.date}
      </p>
      <h1>{content.lead.headline}</h1>
      <div className="beside">
        <ShortComparison comparison={content.lead} panelLabel={config.panelLabel} />
        <SignUpForm source={`/issues/${issue.week}`} />
      </div>
      {content.more.length > 0 ? <h2>Also compared this week</h2> : null}
      {content.more.map((comparison) => (
        <section key={comparison.slug} aria-label={comparison.headline}>
          <h3>{comparison.headline}</h3>
          <ShortComparison comparison={comparison} panelLabel={config.panelLabel} />
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

function ShortComparison({ comparison, panelLabel }: { comparison: ComparisonContent; panelLabel: string }) {
  return (
    <Verdict comparison={comparison} panelLabel={panelLabel}>
      <p>
        <a href={`/comparisons/${comparison.slug}`}>Read {comparison.headline} in full</a>
      </p>
    </Verdict>
  );
}
