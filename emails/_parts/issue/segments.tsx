import { light, SIZES } from '../frame/theme.ts';

/**
 * Full and empty squares, so that the score does not depend on colour alone. Characters, since bars of table cells took an
 * eighth of the mail; hidden from screen readers, because the adjacent figures say the same.
 */
export function Segments({ ship, of }: { ship: number; of: number }) {
  return (
    <span
      aria-hidden="true"
      className="d-ship"
      style={{ color: light.ship, fontSize: SIZES.text, letterSpacing: 2, whiteSpace: 'nowrap' }}
    >
      {'■'.repeat(ship)}
      {'□'.repeat(of - ship)}
    </span>
  );
}
