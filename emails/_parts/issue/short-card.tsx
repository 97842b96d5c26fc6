import type { ComparisonContent, ToolContent } from '../content/content.ts';
import { Scores } from '../frame/scores.tsx';
import { styles } from '../frame/styles.ts';
import { light, SIZES } from '../frame/theme.ts';
import { VoteButtons } from '../frame/vote-button.tsx';
import { NO_FIGURE } from './opening-words.ts';
import { Segments } from './segments.tsx';

interface ShortCardProps {
  comparison: ComparisonContent;
  comparisonUrl: string;
  voteUrl: string;
  panelLabel: string;
}

/** Two tools in a few lines; stays in two columns at any width, since the lines are short. */
export function ShortCard({ comparison, comparisonUrl, voteUrl, panelLabel }: ShortCardProps) {
  return (
    <div className="d-line" style={{ padding: '16px 0 12px', borderTop: `1px solid ${light.line}` }}>
      <h3 style={styles.h3} className="d-ink">
        {comparison.headline}
      </h3>
      <p style={styles.paragraph}>
        {panelLabel ? <strong>{panelLabel}: </strong> : null}
        <Scores text={comparison.verdict} />
      </p>
      <table
        role="presentation"
        cellPadding={4}
        cellSpacing={0}
        border={0}
        style={{ width: '100%', borderCollapse: 'collapse' }}
      >
        <tbody>
          <tr>
            {comparison.tools.map((tool, index) => (
              <ToolCell
                key={tool.slug}
                tool={tool}
                isFirst={index === 0}
                isPick={tool.slug === comparison.pick_slug}
              />
            ))}
          </tr>
          <tr>
            {comparison.tools.map((tool, index) => (
              <td
                key={tool.slug}
                className={index === 0 ? 'cell' : 'cell2'}
                style={{ padding: index === 0 ? '8px 6px 0 0' : '8px 0 0 6px', verticalAlign: 'top' }}
              >
                <VoteButtons tool={tool} voteUrl={voteUrl} />
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <p style={{ ...styles.paragraph, margin: '4px 0 0' }}>
        <a href={comparisonUrl} className="d-link" style={styles.link}>
          More on {comparison.headline}
        </a>
      </p>
    </div>
  );
}

interface ToolCellProps {
  tool: ToolContent;
  isFirst: boolean;
  isPick: boolean;
}

function ToolCell({ tool, isFirst, isPick }: ToolCellProps) {
  return (
    <td
      className={`${isFirst ? 'cell' : 'cell2'} ${isPick ? 'd-ship-line' : 'd-line'}`}
      style={{
        width: '50%',
        padding: isFirst ? '6px 6px 0 0' : '6px 0 0 6px',
        verticalAlign: 'top',
        borderTop: `3px solid ${isPick ? light.ship : light.line}`,
        fontSize: SIZES.text,
        lineHeight: '22px',
      }}
    >
      <strong className={isPick ? 'd-ship' : 'd-ink'} style={{ color: isPick ? light.ship : light.ink }}>
        {tool.name}
      </strong>
      <br />
      <span dir="ltr">
        {tool.panel.ship} of {tool.panel.of}
      </span>{' '}
      <Segments ship={tool.panel.ship} of={tool.panel.of} />
      {tool.community === NO_FIGURE ? null : (
        <>
          <br />
          Readers: {tool.community}
        </>
      )}
      <br />
      {tool.entry_price}
    </td>
  );
}
