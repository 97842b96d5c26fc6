import type { CSSProperties, ReactNode } from 'react';
import type { ComparisonContent, ToolContent } from './content.ts';
import { light } from './theme.ts';

const cell: CSSProperties = {
  padding: '9px 8px',
  borderBottom: `1px solid ${light.line}`,
  textAlign: 'left',
  verticalAlign: 'top',
  fontSize: 15,
  lineHeight: '21px',
};

/** A true data table: its cells are short, so it stays side by side even at 320 px. */
export function Scoreboard({
  comparison,
  panelLabel,
}: {
  comparison: ComparisonContent;
  panelLabel: string;
}) {
  const [a, b] = comparison.tools;
  return (
    <table
      cellPadding={0}
      cellSpacing={0}
      border={0}
      className="d-wash"
      style={{ width: '100%', borderCollapse: 'collapse', backgroundColor: light.wash, margin: '0 0 16px' }}
    >
      <caption
        className="d-quiet"
        style={{
          padding: '0 0 6px',
          textAlign: 'left',
          fontSize: 14,
          lineHeight: '20px',
          color: light.quiet,
        }}
      >
        {comparison.headline} at a glance
      </caption>
      <Head tools={[a, b]} />
      <tbody>
        <Row
          label={panelLabel || 'Panel'}
          cells={[<PanelCell key="a" tool={a} />, <PanelCell key="b" tool={b} />]}
        />
        <Row label="Community" cells={[a.community, b.community]} />
        <Row label="Entry price" cells={[<PriceCell key="a" tool={a} />, <PriceCell key="b" tool={b} />]} />
        <Row label="Category" cells={[a.category, b.category]} />
      </tbody>
    </table>
  );
}

function Head({ tools }: { tools: readonly ToolContent[] }) {
  return (
    <thead>
      <tr>
        <td className="d-line" style={{ ...cell, width: '28%' }}>
          &nbsp;
        </td>
        {tools.map((tool) => (
          <th
            key={tool.slug}
            scope="col"
            className="d-line d-ink"
            style={{ ...cell, width: '36%', color: light.ink }}
          >
            {tool.name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

function Row({ label, cells }: { label: string; cells: [ReactNode, ReactNode] }) {
  return (
    <tr>
      <th scope="row" className="d-line d-quiet" style={{ ...cell, fontWeight: 400, color: light.quiet }}>
        {label}
      </th>
      <td className="d-line" style={cell}>
        {cells[0]}
      </td>
      <td className="d-line" style={cell}>
        {cells[1]}
      </td>
    </tr>
  );
}

function PanelCell({ tool: { panel } }: { tool: ToolContent }) {
  return (
    <>
      <strong style={{ fontSize: 18 }}>{panel.percent}%</strong> ship
      <br />
      {panel.ship} of {panel.of}
      <Segments ship={panel.ship} of={panel.of} />
    </>
  );
}

/** Filled and hollow segments: the shape tells, not the colour alone. */
function Segments({ ship, of }: { ship: number; of: number }) {
  return (
    <table
      role="presentation"
      aria-hidden="true"
      cellPadding={0}
      cellSpacing={2}
      border={0}
      style={{ marginTop: 4 }}
    >
      <tbody>
        <tr>
          {Array.from({ length: of }, (_, index) => (
            <td
              key={index}
              className={index < ship ? 'd-shipfill' : 'd-line'}
              style={{
                width: 14,
                height: 8,
                fontSize: 1,
                lineHeight: '8px',
                border: `1px solid ${index < ship ? light.ship : light.quiet}`,
                ...(index < ship ? { backgroundColor: light.ship } : {}),
              }}
            >
              &nbsp;
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

function PriceCell({ tool }: { tool: ToolContent }) {
  return (
    <>
      <strong>{tool.entry_price}</strong>
      {tool.price_note ? (
        <>
          <br />
          {tool.price_note}
        </>
      ) : null}
    </>
  );
}
