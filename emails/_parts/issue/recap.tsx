import type { OwnVotes, RecapContent, RecapTool } from '../content/content.ts';
import { styles } from '../frame/styles.ts';
import { light, SIZES } from '../frame/theme.ts';
import { notesOf } from './recap-words.ts';

interface RecapProps {
  recap: RecapContent;
  resultsUrl: string;
  panelLabel: string;
  ownVotes: OwnVotes;
}

/** The result of the previous issue: readers and panel as bars, and how this reader voted. */
export function Recap({ recap, resultsUrl, panelLabel, ownVotes }: RecapProps) {
  return (
    <div style={styles.banded} className="pad d-line">
      <h2 style={styles.h2} className="d-ink">
        How readers voted {recap.when}
      </h2>
      {notesOf(recap).map((note) => (
        <p key={note} style={styles.paragraph}>
          {note}
        </p>
      ))}
      {recap.tools.map((tool) => (
        <ToolBars key={tool.slug} tool={tool} panelLabel={panelLabel} own={ownVotes[tool.slug] ?? ''} />
      ))}
      <p style={{ ...styles.paragraph, margin: 0 }}>
        <a href={resultsUrl} className="d-link" style={styles.link}>
          Full results
        </a>
      </p>
    </div>
  );
}

function ToolBars({ tool, panelLabel, own }: { tool: RecapTool; panelLabel: string; own: string }) {
  const { name, community, panel, percents, is_ahead } = tool;
  return (
    <div style={{ margin: '0 0 14px' }}>
      <strong>{name}</strong>
      {is_ahead ? (
        <span className="d-ship" style={{ color: light.ship }}>
          {' '}
          ★ readers’ pick
        </span>
      ) : null}
      <p style={{ ...styles.small, margin: 0 }} className="d-quiet">
        Readers: {community} · {panelLabel || 'Panel'}: {panel}
      </p>
      {own ? <div>{own}</div> : null}
      {percents ? (
        <>
          {percents.readers === null ? null : <Bar percent={percents.readers} whose="readers" />}
          <Bar percent={percents.panel} whose="panel" />
        </>
      ) : null}
    </div>
  );
}

/** Readers above, the panel below and thinner; the line above says the same in words. */
function Bar({ percent, whose }: { percent: number; whose: 'readers' | 'panel' }) {
  const height = whose === 'readers' ? 8 : 4;
  return (
    <table
      role="presentation"
      aria-hidden="true"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ width: '100%', margin: '3px 0 0', fontSize: SIZES.small, lineHeight: `${height}px` }}
    >
      <tbody>
        <tr>
          {percent > 0 ? (
            <td
              width={`${percent}%`}
              className={`d-bar-${whose}`}
              style={{ height, backgroundColor: light[`${whose}Bar`] }}
            />
          ) : null}
          {percent < 100 ? (
            <td
              width={`${100 - percent}%`}
              className="d-bar-rest"
              style={{ height, backgroundColor: light.line }}
            />
          ) : null}
        </tr>
      </tbody>
    </table>
  );
}
