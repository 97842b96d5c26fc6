import type { IssueContent } from '../content/content.ts';
import { contentsOf } from './opening-words.ts';
import { openingOf } from './recap-words.ts';
import { styles } from '../frame/styles.ts';
import { light } from '../frame/theme.ts';

/** The top of the issue: result of the previous votes, and table of contents. */
export function Opening({ content }: { content: IssueContent }) {
  const lines = [content.recap ? openingOf(content.recap) : undefined, contentsOf(content)].filter(
    (line) => line !== undefined,
  );
  return lines.length > 0 ? (
    <div style={{ padding: 16 }} className="pad0">
      <div className="d-wash" style={{ padding: '10px 14px', backgroundColor: light.wash }}>
        {lines.map((line, index) => (
          <p key={line} style={{ ...styles.paragraph, margin: index > 0 ? '8px 0 0' : 0 }}>
            {line}
          </p>
        ))}
      </div>
    </div>
  ) : null;
}
