import { light } from './theme.ts';

/** A padded cell, since Word's engine gives padding to cells only. */
export function Button({ href, children }: { href: string; children: string }) {
  return (
    <table
      role="presentation"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ borderCollapse: 'separate', margin: '20px 0' }}
    >
      <tbody>
        <tr>
          <td className="d-shipfill" style={{ backgroundColor: light.ship, borderRadius: 6 }}>
            <a
              href={href}
              className="d-onfill"
              style={{
                display: 'block',
                padding: '13px 24px',
                color: light.onFill,
                fontWeight: 700,
                lineHeight: '22px',
                textDecoration: 'underline',
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
