import { light } from './theme.ts';

/** Filled and hollow segments: the shape tells, not the colour alone; the figures beside them say the same. */
export function Segments({ ship, of }: { ship: number; of: number }) {
  return (
    <table
      role="presentation"
      aria-hidden="true"
      cellPadding={0}
      cellSpacing={2}
      border={0}
      style={{ margin: '4px 0 0 -2px' }}
    >
      <tbody>
        <tr>
          {Array.from({ length: of }, (_, index) => (
            <td
              key={index}
              className={index < ship ? 'd-shipfill' : 'd-line'}
              style={{
                width: 18,
                height: 8,
                fontSize: 1,
                lineHeight: '8px',
                border: `1px solid ${index < ship ? light.ship : light.quiet}`,
                ...(index < ship ? { backgroundColor: light.ship } : {}),
              }}
            >
              &nbsp;
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  );
}
