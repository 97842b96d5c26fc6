import { light, SIZES } from './theme.ts';

interface ButtonProps {
  href: string;
  children: string;
}

/** At least 44 px high; a padded table cell, since Outlook's Word engine applies padding to cells only. */
export function Button({ href, children }: ButtonProps) {
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
            className="d-shipfill"
            style={{
              backgroundColor: light.ship,
              borderRadius: 6,
              border: `2px solid ${light.ship}`,
            }}
          >
            <a
              href={href}
              className="d-onfill"
              style={{
                display: 'block',
                padding: '11px 18px',
                color: light.onFill,
                fontSize: SIZES.text,
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
