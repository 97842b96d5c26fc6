import { listClosedIssues } from '../../issues/results/list-closed.ts';
import { writeShareText } from '../../issues/results/result.ts';
import { showNoResultYet } from './_no-result-yet.tsx';
import { drawResults } from './_result-chart.tsx';
import { findResult, imageOf, listResults, Result } from './comparison-result-page.tsx';
import { type PageContext, showPage } from '../layout/page.tsx';
import { Earlier, readBefore } from '../layout/earlier.tsx';
import { SignUpForm, signFormTime } from '../layout/sign-up-form.tsx';

const PAGE_SIZE = 100;
const SELF_SELECTED =
  'These are votes by readers who chose to read the newsletter and to vote, not a sample of anyone else. The panel is counted separately and never mixed in.';

/** Every issue whose voting is over. */
export async function resultsPage(c: PageContext) {
  const before = readBefore(c);
  const found = await listClosedIssues(c.get('context').db, before, PAGE_SIZE + 1);
  const issues = found.slice(0, PAGE_SIZE);
  const last = found.length > PAGE_SIZE ? issues.at(-1) : undefined;
  const title = `How readers voted${before ? ` before ${before}` : ''}`;
  const children = (
    <>
      <h1>{title}</h1>
      <p className="lede">{SELF_SELECTED}</p>
      {issues.length === 0 ? (
        <p>
          {before
            ? 'There are no earlier results.'
            : 'The first result comes when voting on the first issue closes.'}
        </p>
      ) : (
        <ul className="plain">
          {issues.map(({ week, number, content }) => (
            <li key={week}>
              <a href={`/results/${week}`}>{content.lead.headline}</a>
              <br />
              <span className="quiet">
                Issue {number} · Week of {content.date}
              </span>
            </li>
          ))}
        </ul>
      )}
      <Earlier path="/results" what="results" before={before} last={last?.week} />
      <SignUpForm source="/results" started={signFormTime(c)} />
    </>
  );
  const page = {
    path: before ? `/results?before=${before}` : '/results',
    description: 'What readers of Weekly AI Tool Verdicts would ship.',
  };
  return showPage(c, { title, children, page });
}

/** The frozen result of every comparison of an issue. */
export async function resultPage(c: PageContext) {
  const issue = await findResult(c);
  if (!issue) {
    return showNoResultYet(c);
  }
  const { config, db } = c.get('context');
  const { panelLabel } = config;
  const results = await drawResults(db, issue, listResults(issue));
  const children = (
    <>
      <p className="kicker">
        Issue {issue.number} · Week of {issue.content.date}
      </p>
      <h1>How readers voted</h1>
      <p className="lede">{SELF_SELECTED}</p>
      {results.map((result) => (
        <section key={result.slug} className="sheet" aria-labelledby={`result-${result.slug}`}>
          <h2 id={`result-${result.slug}`}>
            <a href={`/results/${issue.week}/${result.slug}`}>{result.headline}</a>
          </h2>
          <Result result={result} panelLabel={panelLabel} />
        </section>
      ))}
      <p>
        <a href={`/issues/${issue.week}`}>Read issue {issue.number}</a>
      </p>
      <SignUpForm source={`/results/${issue.week}`} started={signFormTime(c)} />
    </>
  );
  const [lead] = results;
  return showPage(c, {
    title: `How readers voted, issue ${issue.number}`,
    children,
    page: {
      path: `/results/${issue.week}`,
      description: lead ? writeShareText(lead, panelLabel) : SELF_SELECTED,
      published_at: issue.frozen_at,
      image: lead && imageOf(issue, lead),
    },
  });
}
