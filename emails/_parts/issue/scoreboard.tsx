import type { CSSProperties, ReactNode } from 'react';
import type { ComparisonContent, ToolContent } from '../content/content.ts';
import { fonts, light, SIZES } from '../frame/theme.ts';
import { VoteButtons } from '../frame/vote-button.tsx';
import { hasNoFigures } from './opening-words.ts';
import { Segments } from './segments.tsx';
import { ToolPicture } from './tool-picture.tsx';

const cell: CSSProperties = {
  padding: '4px 6px 8px 0',
  borderBottom: `1px solid ${light.line}`,
  textAlign: 'left',
  verticalAlign: 'top',
  fontSize: SIZES.text,
  lineHeight: '22px',
};
const secondCell: CSSProperties = { ...cell, padding: '4px 0 8px 6px' };
const headCell: CSSProperties = {
  ...cell,
  width: '50%',
  fontSize: SIZES.small,
  borderBottom: `3px solid ${light.ship}`,
  verticalAlign: 'bottom',
};
const labelCell: CSSProperties = {
  padding: '8px 0 0',
  textAlign: 'left',
  fontSize: SIZES.small,
  lineHeight: '20px',
  fontWeight: 400,
  color: light.quiet,
};

interface ScoreboardProps {
  comparison: ComparisonContent;
  panelLabel: string;
  voteUrl: string;
  picturesUrl: string;
  /** Shown while neither tool has readers' figures. */
  invitation: string;
}

/**
 * A data table in two columns even at 320 px. Row labels are above the rows, so that each tool has half of the width: on a
 * phone with text at twice the size, a name of eleven letters still fits on its line. The vote comes before the smaller
 * figures, on the first screen.
 */
export function Scoreboard({ comparison, panelLabel, voteUrl, picturesUrl, invitation }: ScoreboardProps) {
  const [a, b] = comparison.tools;
  return (
    <table
      // Where styles are dropped, cells would touch without this.
      cellPadding={4}
      cellSpacing={0}
      border={0}
      aria-label={`${comparison.headline} at a glance`}
      style={{ width: '100%', borderCollapse: 'collapse', margin: '0 0 12px' }}
    >
      <Head comparison={comparison} picturesUrl={picturesUrl} />
      <Row
        label={`${panelLabel || 'Panel'}: would they ship it?`}
        cells={[<PanelCell key="a" tool={a} />, <PanelCell key="b" tool={b} />]}
      />
      <Row
        label="And you?"
        cells={[
          <VoteButtons key="a" tool={a} voteUrl={voteUrl} />,
          <VoteButtons key="b" tool={b} voteUrl={voteUrl} />,
        ]}
      />
      <Row label="Readers" cells={hasNoFigures(comparison) ? [invitation] : [a.community, b.community]} />
      <Row label="Price" cells={[<PriceCell key="a" tool={a} />, <PriceCell key="b" tool={b} />]} />
    </table>
  );
}

function Head({ comparison, picturesUrl }: Pick<ScoreboardProps, 'comparison' | 'picturesUrl'>) {
  const { tools, pick_slug } = comparison;
  return (
    <thead>
      <tr>
        {tools.map((tool, index) => (
          <th
            key={tool.slug}
            scope="col"
            className={`${index === 0 ? 'cell' : 'cell2'} d-ship-line ${tool.slug === pick_slug ? 'd-ship' : 'd-ink'}`}
            style={{
              ...headCell,
              padding: index === 0 ? '6px 6px 8px 0' : '6px 0 8px 6px',
              color: tool.slug === pick_slug ? light.ship : light.ink,
            }}
          >
            <ToolPicture tool={tool} picturesUrl={picturesUrl} /> {tool.name}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** A single cell spans both columns. */
function Row({ label, cells }: { label: string; cells: [ReactNode, ReactNode] | [ReactNode] }) {
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={2} className="d-quiet" style={labelCell}>
          {label}
        </th>
      </tr>
      <tr>
        {cells.map((content, index) => (
          <td
            key={index}
            {...(cells.length === 1 && { colSpan: 2 })}
            className={index === 0 ? 'cell d-line' : 'cell2 d-line'}
            style={index === 0 ? cell : secondCell}
          >
            {content}
          </td>
        ))}
      </tr>
    </tbody>
  );
}

function PanelCell({ tool: { panel } }: { tool: ToolContent }) {
  return (
    <>
      <span
        dir="ltr"
        style={{ fontFamily: fonts.display, fontSize: SIZES.heading, lineHeight: '28px', fontWeight: 700 }}
      >
        {panel.ship} of {panel.of}
      </span>{' '}
      <Segments ship={panel.ship} of={panel.of} />
    </>
  );
}

function PriceCell({ tool }: { tool: ToolContent }) {
  return (
    <>
      {tool.entry_price}
      {tool.price_note ? `, ${tool.price_note}` : ''}
    </>
  );
}
