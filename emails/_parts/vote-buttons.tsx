import type { CSSProperties } from 'react';
import { light } from './theme.ts';

interface VoteButtonsProps {
  tool: { slug: string; name: string };
  voteUrl: string;
}

const button: CSSProperties = {
  display: 'block',
  padding: '11px 18px',
  fontSize: 16,
  lineHeight: '22px',
  fontWeight: 700,
  textAlign: 'center',
  textDecoration: 'underline',
};

/** Two links of at least 44 px; padded cells, since Word's engine gives padding to cells only. */
export function VoteButtons({ tool, voteUrl }: VoteButtonsProps) {
  return (
    <table
      role="presentation"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ borderCollapse: 'separate', margin: '8px 0 4px' }}
    >
      <tbody>
        <tr>
          <td
            className="d-shipfill"
            style={{ backgroundColor: light.ship, borderRadius: 6, border: `2px solid ${light.ship}` }}
          >
            <a
              href={`${voteUrl}/${tool.slug}/ship`}
              className="d-onfill"
              style={{ ...button, color: light.onFill }}
            >
              Ship {tool.name}
            </a>
          </td>
        </tr>
        <tr>
          <td style={{ height: 8, fontSize: 8, lineHeight: '8px' }}>&nbsp;</td>
        </tr>
        <tr>
          <td
            className="d-paper d-skipline"
            style={{ backgroundColor: light.paper, borderRadius: 6, border: `2px solid ${light.skip}` }}
          >
            <a
              href={`${voteUrl}/${tool.slug}/skip`}
              className="d-skip"
              style={{ ...button, color: light.skip }}
            >
              Skip {tool.name}
            </a>
          </td>
        </tr>
      </tbody>
    </table>
  );
}
