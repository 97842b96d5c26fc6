import { light } from './theme.ts';

interface ButtonProps {
  href: string;
  kind?: 'filled' | 'outlined';
  children: string;
}

/** At least 44 px high; a padded table cell, since Outlook's Word engine applies padding to cells only. */
export function Button({ href, kind = 'filled', children }: ButtonProps) {
  const isFilled = kind === 'filled';
  const border = isFilled ? light.ship : light.skip;
  return (
    <table
      role="presentation"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ borderCollapse: 'separate', margin: '8px 0' }}
    >
      <tbody>
        <tr>
          <td
            className={isFilled ? 'd-shipfill' : 'd-paper d-skipline'}
            style={{
              backgroundColor: isFilled ? light.ship : light.paper,
              borderRadius: 6,
              border: `2px solid ${border}`,
            }}
          >
            <a
              href={href}
              className={isFilled ? 'd-onfill' : 'd-skip'}
              style={{
                display: 'block',
                padding: '11px 18px',
                color: isFilled ? light.onFill : light.skip,
                fontSize: 16,
                fontWeight: 700,
                lineHeight: '22px',
              }}
            >
              {children}
            </a>
          </td>
        </tr>
      </tbody>
    </table>
  );
}
