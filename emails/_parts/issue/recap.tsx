import type { OwnVotes, RecapContent, RecapTool } from '../content/content.ts';
import { notesOf } from './recap-words.ts';
import { styles } from '../frame/styles.ts';

interface RecapProps {
  recap: RecapContent;
  resultsUrl: string;
  panelLabel: string;
  ownVotes: OwnVotes;
}

export function Recap({ recap, resultsUrl, panelLabel, ownVotes }: RecapProps) {
  return (
    <div style={styles.banded} className="pad d-line">
      <h2 style={styles.h2} className="d-ink">
        How you voted {recap.when}
      </h2>
      {notesOf(recap).map((note) => (
        <p key={note} style={styles.paragraph}>
          {note}
        </p>
      ))}
      <ul className="list" style={{ margin: '0 0 12px', padding: '0 0 0 20px' }}>
        {recap.tools.map((tool) => (
          <ToolLine key={tool.slug} tool={tool} panelLabel={panelLabel} own={ownVotes[tool.slug] ?? ''} />
        ))}
      </ul>
      <p style={{ ...styles.paragraph, margin: 0 }}>
        <a href={resultsUrl} className="d-link" style={styles.link}>
          See the whole result
        </a>
      </p>
    </div>
  );
}

function ToolLine({ tool, panelLabel, own }: { tool: RecapTool; panelLabel: string; own: string }) {
  return (
    <li style={{ margin: '0 0 6px' }}>
      <strong>{tool.name}</strong>: readers {tool.community} · {panelLabel || 'panel'} {tool.panel}.
      {own ? <strong> {own}</strong> : null}
    </li>
  );
}
