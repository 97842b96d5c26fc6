import type { CSSProperties, ReactNode } from 'react';
import type { ComparisonContent, ToolContent } from '../content/content.ts';
import { Segments } from './segments.tsx';
import { VoteLinks } from './vote-links.tsx';
import { fonts, light } from '../frame/theme.ts';

const cell: CSSProperties = {
  padding: '0 6px 9px 0',
  borderBottom: `1px solid ${light.line}`,
  textAlign: 'left',
  verticalAlign: 'top',
  fontSize: 15,
  lineHeight: '21px',
};

interface ScoreboardProps {
  comparison: ComparisonContent;
  panelLabel: string;
  voteUrl: string;
}

const headCell: CSSProperties = {
  ...cell,
  width: '50%',
  padding: '10px 6px 8px 0',
  borderBottom: `3px solid ${light.ship}`,
  verticalAlign: 'bottom',
};

/**
 * A data table in two columns even at 320 px. Row labels are above the rows, so that each tool has half of the width: on a
 * phone with text at twice the size, a name of eleven letters still fits on its line.
 */
export function Scoreboard({ comparison, panelLabel, voteUrl }: ScoreboardProps) {
  const [a, b] = comparison.tools;
  return (
    <table
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ width: '100%', borderCollapse: 'collapse', margin: '0 0 20px' }}
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
      <Head comparison={comparison} />
      <Row
        label={panelLabel || 'Panel'}
        cells={[<PanelCell key="a" tool={a} />, <PanelCell key="b" tool={b} />]}
      />
      <Row
        label="Community"
        cells={[<strong key="a">{a.community}</strong>, <strong key="b">{b.community}</strong>]}
      />
      <Row label="Entry price" cells={[<PriceCell key="a" tool={a} />, <PriceCell key="b" tool={b} />]} />
      <Row label="Category" cells={[a.category, b.category]} />
      <Row
        label="Your vote"
        cells={[
          <VoteLinks key="a" tool={a} voteUrl={voteUrl} />,
          <VoteLinks key="b" tool={b} voteUrl={voteUrl} />,
        ]}
      />
    </table>
  );
}

function Head({ comparison: { tools, pick_slug } }: { comparison: ComparisonContent }) {
  return (
    <thead>
      <tr>
        {tools.map((tool) => (
          <th
            key={tool.slug}
            scope="col"
            className={tool.slug === pick_slug ? 'cell d-ship-line d-ship' : 'cell d-ship-line d-ink'}
            style={{ ...headCell, color: tool.slug === pick_slug ? light.ship : light.ink }}
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
    <tbody>
      <tr>
        <th
          scope="rowgroup"
          colSpan={2}
          className="d-quiet"
          style={{
            padding: '8px 0 0',
            textAlign: 'left',
            fontSize: 14,
            lineHeight: '20px',
            fontWeight: 400,
            color: light.quiet,
          }}
        >
          {label}
        </th>
      </tr>
      <tr>
        <td className="cell d-line" style={cell}>
          {cells[0]}
        </td>
        <td className="cell d-line" style={cell}>
          {cells[1]}
        </td>
      </tr>
    </tbody>
  );
}

function PanelCell({ tool: { panel } }: { tool: ToolContent }) {
  return (
    <>
      <span style={{ fontFamily: fonts.display, fontSize: 30, lineHeight: '34px', fontWeight: 700 }}>
        {panel.percent}%
      </span>{' '}
      ship
      <br />
      <span dir="ltr">
        {panel.ship} of {panel.of}
      </span>
      <Segments ship={panel.ship} of={panel.of} />
    </>
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
