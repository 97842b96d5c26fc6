import { drawChart } from '../../charts/draw-chart.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import { type PageContext, showPage } from '../layout/page.tsx';
import { showCsv } from '../studio-shared/show-csv.ts';
import { StudioNav } from '../studio-shared/studio-nav.tsx';
import { type IssueStatistics, loadStatistics } from './_load-statistics.ts';

const MAX_SHOWN = 60;
/** Nineteen years of weekly issues. */
const MAX_EXPORTED = 1_000;

const cachedCharts = cachePerScope<string>({ max: 2 });

/** How the issues went, over time and one by one. */
export async function statisticsPage(c: PageContext) {
  const { db } = c.get('context');
  const statistics = await loadStatistics(db, MAX_SHOWN);
  // Votes are still coming in for the others.
  const shown = statistics.filter(({ is_voting_open }) => !is_voting_open).toReversed();
  const svg = shown.length < 2 ? '' : await cachedCharts(db, JSON.stringify(shown), () => drawVotes(shown));
  const children = (
    <>
      <StudioNav current="Learn" />
      <h1>Learn</h1>
      {statistics.length === 0 ? (
        <p>The first figures come with the first issue.</p>
      ) : (
        <>
          {svg === '' ? null : (
            <figure className="chart">
              <div aria-hidden="true" dangerouslySetInnerHTML={{ __html: svg }} />
              <figcaption className="quiet">
                Counted votes for each hundred mails delivered, by issue: {rateOf(shown.at(0))} in issue{' '}
                {shown.at(0)?.number}, {rateOf(shown.at(-1))} in issue {shown.at(-1)?.number}
              </figcaption>
            </figure>
          )}
          <p className="row">
            <a href="/studio/learn.csv">All figures as CSV</a>
            <a href="/studio/comparisons.csv">Votes by comparison as CSV</a>
            {statistics.some(({ clicks }) => clicks.length > 0) ? (
              <a href="/studio/clicks.csv">Clicks as CSV</a>
            ) : null}
          </p>
          {statistics.length < MAX_SHOWN ? null : (
            <p className="quiet">These are the newest {MAX_SHOWN} issues; the files have all.</p>
          )}
          <ul className="plain">
            {statistics.map((issue) => (
              <li key={issue.week}>
                <IssueFigures issue={issue} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
  return showPage(c, { title: 'Learn', children });
}

function IssueFigures({ issue }: { issue: IssueStatistics }) {
  const { week, number, subject } = issue;
  return (
    <>
      <h2>
        <a href={`/studio/issues/${week}`}>
          {number}: {subject}
        </a>
      </h2>
      <table className="even">
        <caption>{week}</caption>
        <tbody>
          {figuresOf(issue).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function figuresOf(issue: IssueStatistics): [string, string][] {
  const { mails, delivered, bounced, complained, suppressed, left, votes, held, is_voting_open } = issue;
  return [
    ['delivered', `${delivered.toLocaleString('en')} of ${mails.toLocaleString('en')}`],
    ['bounced', `${bounced} (${percentOf(bounced, mails)})`],
    ['complained, of delivered', `${complained} (${percentOf(complained, delivered)})`],
    ['suppressed by Resend', String(suppressed)],
    ['left afterwards, of all readers', String(left)],
    [
      'votes counted',
      is_voting_open
        ? `${votes.toLocaleString('en')} so far; voting is open`
        : `${votes.toLocaleString('en')}, ${rateOf(issue)} per hundred mails delivered (a mail has several tools)`,
    ],
    ['votes held or voided', held.toLocaleString('en')],
    ...issue.comparisons.map((comparison): [string, string] => [
      `votes on ${comparison.headline}`,
      `${comparison.votes.toLocaleString('en')} (${percentOf(comparison.votes, votes)})`,
    ]),
    ...issue.clicks.map(({ link, people, machines }): [string, string] => [
      `clicks on ${link}`,
      `${people.toLocaleString('en')}${machines > 0 ? `, and ${machines.toLocaleString('en')} by machines` : ''}`,
    ]),
  ];
}

/** The same figures as a file. */
export async function statisticsCsv(c: PageContext) {
  const statistics = await loadStatistics(c.get('context').db, MAX_EXPORTED);
  return showCsv(
    c,
    'issues.csv',
    statistics.map(({ comparisons: _, clicks: __, ...figures }) => figures),
  );
}

/** How often each link of every issue was followed. */
export async function clicksCsv(c: PageContext) {
  const statistics = await loadStatistics(c.get('context').db, MAX_EXPORTED);
  const rows = statistics.flatMap(({ week, number, clicks }) =>
    clicks.map(({ link, people, machines }) => ({ week, number, link, people, machines })),
  );
  return showCsv(c, 'clicks.csv', rows);
}

/** How many votes were counted on each comparison of every issue. */
export async function comparisonsCsv(c: PageContext) {
  const statistics = await loadStatistics(c.get('context').db, MAX_EXPORTED);
  const rows = statistics.flatMap(({ week, number, delivered, comparisons }) =>
    comparisons.map(({ headline, votes, prepared }, index) => ({
      week,
      number,
      position: index + 1,
      comparison: headline,
      votes,
      prepared,
      delivered,
    })),
  );
  return showCsv(c, 'comparisons.csv', rows);
}

function drawVotes(statistics: readonly IssueStatistics[]): Promise<string> {
  return drawChart((plot) => ({
    width: 480,
    height: 120,
    margin: 8,
    x: { axis: null, type: 'point', domain: statistics.map(({ week }) => week) },
    y: { axis: null, domain: [0, Math.max(1, ...statistics.map(numericRate))] },
    marks: [
      plot.ruleY([0], { className: 'chart-track', strokeWidth: 1 }),
      plot.lineY(statistics, { className: 'chart-line-votes', x: 'week', y: numericRate }),
      plot.dot(statistics, {
        className: 'chart-readers',
        x: 'week',
        y: numericRate,
        r: 4,
        fill: 'currentColor',
        stroke: 'none',
      }),
    ],
  }));
}

function numericRate({ votes, delivered }: IssueStatistics): number {
  return delivered === 0 ? 0 : (100 * votes) / delivered;
}

function rateOf(issue: IssueStatistics | undefined): string {
  return issue && issue.delivered > 0 ? numericRate(issue).toFixed(0) : '—';
}

function percentOf(part: number, whole: number): string {
  return whole === 0 ? '—' : `${((100 * part) / whole).toFixed(2)}%`;
}
