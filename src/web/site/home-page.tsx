import { comparisonHref } from '../../links/comparison-url.ts';
import type { Config } from '../../config/config.ts';
import type { Db } from '../../database/connect.ts';
import { type Issue, listSentIssues } from '../../issues/record/issue.ts';
import { withResult } from '../../issues/results/with-result.ts';
import { loadFrozenTallies } from '../../votes/tally/load-tallies.ts';
import { ComparisonTable, PickLine, VerdictWords } from './comparison-view.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';

const MAX_EARLIER = 6;
const DESCRIPTION =
  'Two AI tools side by side every week: the panel’s verdict, the price, and the readers’ votes. A newsletter.';

/** Introduction, latest issue and sign-up form. */
export async function homePage(c: PageContext) {
  const context = c.get('context');
  const issues = await listSentIssues(context.db, 1 + MAX_EARLIER);
  const [latest] = issues;
  const children = (
    <>
      <h1>Two AI tools, side by side, every week</h1>
      <p className="lede">
        A panel of reviewers says which one it would ship, and why. Then you vote, straight from your inbox.
      </p>
      {context.config.resendApiKey ? null : (
        <OnThisMachine latest={latest} hasStudio={context.config.studio === 'loopback'} />
      )}
      <div className="beside">
        {latest ? (
          <LatestIssue issue={await withReadersResult(context.db, latest)} config={context.config} />
        ) : (
          <p>The first issue is on its way.</p>
        )}
        <SignUpForm source="/" started={signFormTime(c)} />
      </div>
      {issues.length > 1 ? <EarlierIssues issues={issues.slice(1)} /> : null}
    </>
  );
  return showPage(c, { title: 'Ship or skip', children, page: { path: '/', description: DESCRIPTION } });
}

async function withReadersResult(db: Db, issue: Issue): Promise<Issue> {
  const tallies = await loadFrozenTallies(db, issue.id);
  const byTool = new Map(tallies.map((tally) => [tally.tool_slug, tally]));
  return { ...issue, content: withResult(issue.content, byTool) };
}

/** Next steps for someone who runs a local copy. */
function OnThisMachine({ latest, hasStudio }: { latest: Issue | undefined; hasStudio: boolean }) {
  return (
    <section className="sheet" aria-labelledby="local">
      <h2 id="local">On this machine</h2>
      <p>No email leaves it: everything goes to a local outbox that stands in for Resend.</p>
      <ul>
        {hasStudio && latest ? (
          <li>
            <a href={`/studio/issues/${latest.week}`}>See this week’s issue as a reader gets it</a>
          </li>
        ) : null}
        <li>
          <a href="/outbox">Open a reader’s email in the outbox, and vote from it</a>
        </li>
        {hasStudio ? (
          <li>
            <a href="/studio">Be the editor: look after the next issue</a>
          </li>
        ) : null}
      </ul>
    </section>
  );
}

function LatestIssue({ issue, config }: { issue: Issue; config: Config }) {
  const { panelLabel } = config;
  const { lead, more } = issue.content;
  return (
    <article className="sheet" aria-labelledby="latest">
      <p className="kicker">
        Issue {issue.number} · Week of {issue.content.date}
      </p>
      <h2 id="latest">
        <a href={`/issues/${issue.week}`}>{lead.headline}</a>
      </h2>
      <VerdictWords comparison={lead} panelLabel={panelLabel} />
      <PickLine comparison={lead} panelLabel={panelLabel} />
      <ComparisonTable comparison={lead} panelLabel={panelLabel} />
      {more.length > 0 ? (
        <p>
          Also in this issue:{' '}
          {more.map((comparison, index) => (
            <span key={comparison.slug}>
              {index > 0 ? ' · ' : ''}
              <a href={comparisonHref(config, comparison.slug)}>{comparison.headline}</a>
            </span>
          ))}
        </p>
      ) : null}
    </article>
  );
}

function EarlierIssues({ issues }: { issues: readonly Issue[] }) {
  return (
    <section aria-labelledby="earlier">
      <h2 id="earlier">Earlier issues</h2>
      <IssueList issues={issues} />
    </section>
  );
}

export function IssueList({ issues }: { issues: readonly Issue[] }) {
  return (
    <ul className="plain">
      {issues.map((issue) => (
        <li key={issue.week}>
          <a href={`/issues/${issue.week}`}>{issue.content.lead.headline}</a>
          <br />
          <span className="quiet">
            Issue {issue.number} · Week of {issue.content.date}
          </span>
        </li>
      ))}
    </ul>
  );
}
