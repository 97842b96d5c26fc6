import type { CSSProperties, ReactNode } from 'react';

interface FramedLinkProps {
  href: string;
  /** Styles of the table; `cell` and `link` are for the cell and the link. */
  table: CSSProperties;
  cell: { className: string; style: CSSProperties };
  link: { className: string; style: CSSProperties };
  children: ReactNode;
}

/**
 * `mso-padding-alt` is for Outlook's Word engine, which does not pad links. Elsewhere the link itself is padded, so
 * that all of it can be pressed.
 */
function paddingForWord({ padding }: CSSProperties): CSSProperties {
  return { msoPaddingAlt: padding } as CSSProperties;
}

/** A link in a frame, as a table cell: Outlook's Word engine gives borders and padding to cells only. */
export function FramedLink({ href, table, cell, link, children }: FramedLinkProps) {
  return (
    <table
      role="presentation"
      cellPadding={0}
      cellSpacing={0}
      border={0}
      style={{ borderCollapse: 'separate', ...table }}
    >
      <tbody>
        <tr>
          <td
            className={cell.className}
            style={{ ...cell.style, borderRadius: 6, ...paddingForWord(link.style) }}
          >
            <a
              href={href}
              className={link.className}
              style={{ display: 'block', fontWeight: 700, lineHeight: '22px', ...link.style }}
            >
              {children}
            </a>
          </td>
        </tr>
      </tbody>
    </table>
  );
}
