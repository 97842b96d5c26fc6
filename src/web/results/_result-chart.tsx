import type { ComparisonResult, Share, ToolResult } from '../../issues/results/result.ts';

const HEIGHT = 46;
const TRACK = 30;

/** Readers and panel on one scale from 0 to 100 % ship, one line a tool. The table beside it says the same. */
export function ResultChart({ result, panelLabel }: { result: ComparisonResult; panelLabel: string }) {
  return (
    <figure className="chart">
      {result.tools.map((tool) => (
        <ToolLine key={tool.slug} tool={tool} />
      ))}
      <figcaption className="quiet">
        <span aria-hidden="true" className="key key-readers">
          ●
        </span>{' '}
        readers, with the range in which the true share lies (95 %){' '}
        <span aria-hidden="true" className="key key-panel">
          ▼
        </span>{' '}
        {panelLabel || 'panel'}. From 0 % ship on the left to 100 % on the right.
      </figcaption>
    </figure>
  );
}

function ToolLine({ tool: { name, share, panel, shown } }: { tool: ToolResult }) {
  return (
    <div className="chart-line">
      <p className="chart-name">
        <strong>{name}</strong> <span>{shown}</span>
      </p>
      <svg width="100%" height={HEIGHT} aria-hidden="true" focusable="false">
        <rect className="chart-track" x="0" y={TRACK - 3} width="100%" height={6} rx={3} />
        {share ? <Readers share={share} /> : null}
        {/* A nested image is placed by per cent; a path is not. Above the line, it hides nothing. */}
        <svg x={`${panel.percent}%`} y={TRACK - 4} overflow="visible">
          <path className="chart-panel" d="M0 0-8-18H8Z" />
        </svg>
      </svg>
    </div>
  );
}

function Readers({ share: { percent, low, high } }: { share: Share }) {
  return (
    <>
      <rect className="chart-range" x={`${low}%`} y={TRACK - 8} width={`${high - low}%`} height={16} rx={3} />
      <circle className="chart-readers" cx={`${percent}%`} cy={TRACK} r={8} />
    </>
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
    ['True share (95 %)', ({ share }) => (share ? `${share.low}% to ${share.high}%` : '—')],
    ['Votes counted', ({ votes }) => (votes === undefined ? 'fewer than 10' : String(votes))],
    [`${panelLabel || 'Panel'} ships`, ({ panel }) => `${panel.ship} of ${panel.of}`],
  ];
}
