import type { RecapContent } from './content.ts';
import { styles } from './styles.ts';

export function Recap({ recap, panelLabel }: { recap: RecapContent; panelLabel: string }) {
  return (
    <div style={styles.banded} className="pad d-line">
      <h2 style={styles.h2} className="d-ink">
        How you voted last week
      </h2>
      <p style={styles.paragraph}>
        {recap.votes} votes by readers of this newsletter, self-selected. The panel is counted apart.
      </p>
      <ul style={{ margin: 0, padding: '0 0 0 20px' }}>
        {recap.tools.map((tool) => (
          <li key={tool.name} style={{ ...styles.paragraph, margin: '0 0 6px' }}>
            <strong>{tool.name}</strong>: readers {tool.community} · {panelLabel || 'panel'} {tool.panel}
          </li>
        ))}
      </ul>
    </div>
  );
}
