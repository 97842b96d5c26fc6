import { drawChart } from '../../charts/draw-chart.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Context } from '../../context.ts';
import { getIssue, type Issue } from '../../issues/record/issue.ts';
import { UNKNOWN_HOST } from '../../votes/moderate/vote-group.ts';
import { countHeldOverTime, type HeldHour } from '../../votes/moderate/count-held-over-time.ts';
import { type Crowd, listCrowds } from '../../votes/moderate/list-crowds.ts';
import { type HeldGroup, listHeld } from '../../votes/moderate/list-held.ts';
import { loadTallies, type ToolTally } from '../../votes/tally/load-tallies.ts';
import type { PageContext } from '../layout/page.tsx';
import { showCsv } from '../studio-shared/show-csv.ts';
import { describeCommunity } from '../../votes/tally/tally.ts';
import { Crowds } from './_crowds-panel.tsx';
import { DecisionForm } from './_decision-form.tsx';

const MAX_LISTED = 20;
const cachedCharts = cachePerScope<string>({ max: 20 });

interface Voting {
  tallies: ToolTally[];
  held: HeldGroup[];
  crowds: Crowd[];
  hours: HeldHour[];
  /** The hours as a chart; empty without held votes. */
  chart: string;
}

/** Undefined until the issue has been sent. */
export async function loadVoting({ db }: Context, issue: Issue): Promise<Voting | undefined> {
  if (!issue.prepared_at) {
    return undefined;
  }
  const held = await listHeld(db, issue.id);
  const hours = held.length > 0 ? await countHeldOverTime(db, issue.id, issue.prepared_at) : [];
  const chart = hours.length > 0 ? await cachedCharts(db, JSON.stringify(hours), () => drawHeld(hours)) : '';
  const crowds = await listCrowds(db, issue.id);
  return { tallies: await loadTallies(db, issue.id), held, crowds, hours, chart };
}

/** The counts so far, and the groups of held votes with buttons to release or void each. */
export function Votes({ issue, voting }: { issue: Issue; voting: Voting | undefined }) {
  if (!voting || voting.tallies.length === 0) {
    return null;
  }
  const isFrozen = voting.tallies.some(({ is_frozen }) => is_frozen);
  return (
    <section className="sheet" aria-labelledby="votes">
      <h2 id="votes">{isFrozen ? 'Final votes (frozen)' : 'Votes so far'}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Ship</th>
            <th scope="col">Skip</th>
            <th scope="col">Not counted</th>
            <th scope="col">Shown as</th>
          </tr>
        </thead>
        <tbody>
          {voting.tallies.map((tally) => (
            <tr key={tally.tool_slug}>
              <th scope="row">{tally.tool_slug}</th>
              <td>{tally.ship}</td>
              <td>{tally.skip}</td>
              <td>{tally.held}</td>
              <td>{describeCommunity(tally)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Crowds issue={issue} crowds={voting.crowds} isFrozen={isFrozen} />
      <HeldOverTime week={issue.week} voting={voting} />
      {voting.held.length > 0 && !isFrozen ? <Held issue={issue} voting={voting} /> : null}
    </section>
  );
}

/** The chart's figures as a file. */
export async function heldCsv(c: PageContext) {
  const { db } = c.get('context');
  const { id, week, prepared_at } = await getIssue(db, c.req.param('week') ?? '');
  const hours = prepared_at ? await countHeldOverTime(db, id, prepared_at) : [];
  return showCsv(
    c,
    `held-${week}.csv`,
    hours.map(({ hour, votes }) => ({ hour: hour + 1, votes })),
  );
}

/** When the held votes were cast, as a chart and as a table. */
function HeldOverTime({ week, voting: { hours, chart } }: { week: string; voting: Voting }) {
  return chart === '' ? null : (
    <>
      <figure className="chart">
        <div aria-hidden="true" dangerouslySetInnerHTML={{ __html: chart }} />
        <figcaption className="quiet">
          Held votes by the hour after sending began, of which {hours[0]?.votes} in hour{' '}
          {(hours[0]?.hour ?? 0) + 1}. Scanners vote within minutes of the mail, people over days.
        </figcaption>
      </figure>
      <details>
        <summary>As a table</summary>
        <p>
          <a href={`/studio/issues/${week}/held.csv`}>As CSV</a>
        </p>
        <table>
          <thead>
            <tr>
              <th scope="col">Hour</th>
              <th scope="col">Held votes</th>
            </tr>
          </thead>
          <tbody>
            {hours.map(({ hour, votes }) => (
              <tr key={hour}>
                <th scope="row">{hour + 1}</th>
                <td>{votes}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

function drawHeld(hours: readonly HeldHour[]): Promise<string> {
  const last = hours.at(-1)?.hour ?? 0;
  return drawChart((plot) => ({
    width: 480,
    height: 100,
    margin: 4,
    x: { axis: null, domain: [0, Math.max(24, last + 1)] },
    y: { axis: null },
    marks: [
      plot.ruleY([0], { className: 'chart-track', strokeWidth: 1 }),
      plot.rectY(hours, {
        className: 'chart-left',
        x1: 'hour',
        x2: ({ hour }: HeldHour) => hour + 1,
        y: 'votes',
      }),
    ],
  }));
}

function Held({ issue, voting: { held, tallies } }: { issue: Issue; voting: Voting }) {
  return (
    <details>
      <summary>
        {held.length > MAX_LISTED
          ? `The ${MAX_LISTED} largest groups of votes that are held or voided (all: verdicts votes held ${issue.week})`
          : 'Votes that are held or voided, by reason, tool and mail host'}
      </summary>
      <ul className="ballot">
        {held.slice(0, MAX_LISTED).map((group) => (
          <HeldLine
            key={`${group.reason} ${group.tool_slug} ${group.mail_host}`}
            issue={issue}
            group={group}
            tally={tallies.find(({ tool_slug }) => tool_slug === group.tool_slug)}
          />
        ))}
      </ul>
    </details>
  );
}

interface HeldLineProps {
  issue: Issue;
  group: HeldGroup;
  tally: ToolTally | undefined;
}

function HeldLine({ issue, group, tally }: HeldLineProps) {
  const { reason, tool_slug, mail_host, mail_class, ship, skip } = group;
  const name = `${reason}, ${tool_slug}, ${mail_host ?? 'unknown host'}`;
  return (
    <li>
      <span>
        <strong>{reason}</strong>: {tool_slug}, {ship} ship, {skip} skip
        <br />
        <span className="quiet">
          {mail_host ?? 'unknown mail host'} ({mail_class}). Shown now: {describeCommunity(tally)}; with
          these: {describeCommunity({ ship: (tally?.ship ?? 0) + ship, skip: (tally?.skip ?? 0) + skip })}
        </span>
      </span>
      {reason === 'one origin' ? (
        <a href="#crowds">Decided as groups</a>
      ) : (
        <DecisionForm
          week={issue.week}
          name={name}
          isVoided={reason === 'voided by staff'}
          group={{
            reason,
            tool: tool_slug,
            mail_host: mail_host ?? UNKNOWN_HOST,
            count: String(ship + skip),
          }}
        />
      )}
    </li>
  );
}
