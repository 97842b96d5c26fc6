import type { ComparisonContent, ToolContent } from '../content/content.ts';
import { Segments } from './segments.tsx';
import { styles } from '../frame/styles.ts';
import { light } from '../frame/theme.ts';
import { VoteLinks } from './vote-links.tsx';

/** What `community` contains while there are too few votes. */
const NO_FIGURE = '—';

interface ShortCardProps {
  comparison: ComparisonContent;
  comparisonUrl: string;
  voteUrl: string;
  panelLabel: string;
}

/** Two tools in a few lines; stays in two columns at any width, since the lines are short. */
export function ShortCard({ comparison, comparisonUrl, voteUrl, panelLabel }: ShortCardProps) {
  return (
    <div className="d-line" style={{ padding: '20px 0', borderTop: `1px solid ${light.line}` }}>
      <h3 style={styles.h3} className="d-ink">
        {comparison.headline}
      </h3>
      <p style={styles.paragraph}>
        {panelLabel ? <strong>{panelLabel}: </strong> : null}
        {comparison.verdict}
      </p>
      <table
        role="presentation"
        cellPadding={0}
        cellSpacing={0}
        border={0}
        style={{ width: '100%', borderCollapse: 'collapse' }}
      >
        <tbody>
          <tr>
            {comparison.tools.map((tool) => (
              <ToolCell
                key={tool.slug}
                tool={tool}
                voteUrl={voteUrl}
                panelLabel={panelLabel}
                isPick={tool.slug === comparison.pick_slug}
              />
            ))}
          </tr>
        </tbody>
      </table>
      <p style={{ ...styles.paragraph, margin: '12px 0 0' }}>
        <a href={comparisonUrl} className="d-link" style={styles.link}>
          Read {comparison.headline} in full
        </a>
      </p>
    </div>
  );
}

interface ToolCellProps {
  tool: ToolContent;
  voteUrl: string;
  panelLabel: string;
  isPick: boolean;
}

function ToolCell({ tool, voteUrl, panelLabel, isPick }: ToolCellProps) {
  return (
    <td
      className={isPick ? 'd-ship-line' : 'd-line'}
      style={{
        width: '50%',
        padding: '8px 12px 4px 0',
        verticalAlign: 'top',
        borderTop: `3px solid ${isPick ? light.ship : light.line}`,
        fontSize: 15,
        lineHeight: '22px',
      }}
    >
      <strong>{tool.name}</strong>
      {isPick ? (
        <>
          {' '}
          <span className="d-ship" style={{ color: light.ship }}>
            ★ pick
          </span>
        </>
      ) : null}
      <br />
      <strong>{tool.panel.percent}%</strong> ship
      <br />
      {panelLabel || 'Panel'}: {tool.panel.ship} of {tool.panel.of}
      <Segments ship={tool.panel.ship} of={tool.panel.of} />
      {tool.community === NO_FIGURE ? null : (
        <>
          <br />
          Community {tool.community}
        </>
      )}
      <br />
      {tool.entry_price}
      <br />
      <VoteLinks tool={tool} voteUrl={voteUrl} />
    </td>
  );
}
