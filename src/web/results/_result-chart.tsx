import { drawChart } from '../../charts/draw-chart.ts';
import { cachePerScope } from '../../concurrency/cache.ts';
import type { Db } from '../../database/connect.ts';
import type { ClosedIssue } from '../../issues/results/list-closed.ts';
import type { ComparisonResult, ToolResult } from '../../issues/results/result.ts';

export type ResultWithCharts = ComparisonResult & { charts: readonly string[] };

/** A frozen result never changes, but an issue that was withdrawn before anybody got it may be frozen again. */
const cachedCharts = cachePerScope<readonly string[]>({ max: 500 });

/** The results of an issue with an SVG for each tool. */
export function drawResults(
  db: Db,
  { week, frozen_at }: ClosedIssue,
  results: readonly ComparisonResult[],
): Promise<ResultWithCharts[]> {
  return Promise.all(
    results.map(async (result) => ({
      ...result,
      charts: await cachedCharts(db, `${week} ${frozen_at.getTime()} ${result.slug}`, () =>
        Promise.all(result.tools.map(drawTool)),
      ),
    })),
  );
}

/** Readers and panel on one scale from 0 to 100 % ship. */
function drawTool({ share, panel }: ToolResult): Promise<string> {
  const readers = share ? [share] : [];
  return drawChart((plot) => ({
    width: 480,
    height: 46,
    margin: 0,
    marginTop: 14,
    x: { domain: [0, 100], axis: null },
    y: { domain: [-1, 1], axis: null },
    marks: [
      plot.ruleY([panel], {
        className: 'chart-track',
        y: () => 0,
        x1: 0,
        x2: 100,
        strokeWidth: 6,
        strokeLinecap: 'round',
      }),
      plot.ruleY(readers, { className: 'chart-range', y: () => 0, x1: 'low', x2: 'high', strokeWidth: 16 }),
      plot.dot(readers, {
        className: 'chart-readers',
        x: 'percent',
        y: () => 0,
        r: 8,
        fill: 'currentColor',
        stroke: 'none',
      }),
      // Above the line, so that it hides nothing.
      plot.dot([panel], {
        className: 'chart-panel',
        x: 'percent',
        frameAnchor: 'top',
        dy: -3,
        symbol: 'triangle',
        rotate: 180,
        r: 7,
      }),
    ],
  }));
}

/** One line for each tool. The table beside it has the same figures. */
export function ResultChart({ result, panelLabel }: { result: ResultWithCharts; panelLabel: string }) {
  return (
    <figure className="chart">
      {result.tools.map(({ slug, name, shown }, index) => (
        <div key={slug} className="chart-line">
          <p className="chart-name">
            <strong>{name}</strong> <span>{shown}</span>
          </p>
          <div aria-hidden="true" dangerouslySetInnerHTML={{ __html: result.charts[index] ?? '' }} />
        </div>
      ))}
      <figcaption className="quiet">
        <span aria-hidden="true" className="key key-readers">
          ●
        </span>{' '}
        readers, with the range in which the true share lies (95%){' '}
        <span aria-hidden="true" className="key key-panel">
          ▼
        </span>{' '}
        {panelLabel || 'panel'}. From 0% ship on the left to 100% on the right.
      </figcaption>
    </figure>
  );
}

/** The figures of the chart, and those behind them. */
export function ResultTable({ result, panelLabel }: { result: ComparisonResult; panelLabel: string }) {
  return (
    <table className="glance">
      <caption>{result.headline}: newsletter readers, self-selected, and the panel apart</caption>
      <thead>
        <tr>
          <td />
          {result.tools.map(({ slug, name }) => (
            <th key={slug} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rowsOf(panelLabel).map(([label, cell]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            {result.tools.map((tool) => (
              <td key={tool.slug}>{cell(tool)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function rowsOf(panelLabel: string): [string, (tool: ToolResult) => string][] {
  return [
    ['Readers ship', ({ share }) => (share ? `${share.percent}%` : '—')],
    ['True share (95%)', ({ share }) => (share ? `${share.low}% to ${share.high}%` : '—')],
    ['Votes counted', ({ votes }) => (votes === undefined ? 'fewer than 10' : String(votes))],
    [`${panelLabel || 'Panel'} ships`, ({ panel }) => `${panel.ship} of ${panel.of}`],
  ];
}
