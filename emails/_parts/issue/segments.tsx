import { light } from '../frame/theme.ts';

/**
 * Full and empty squares on a line of their own, so that the score does not depend on colour alone. Characters, since bars
 * of table cells took an eighth of the mail; hidden from screen readers, because the adjacent figures say the same.
 */
export function Segments({ ship, of }: { ship: number; of: number }) {
  return (
    <>
      <br />
      <span
        aria-hidden="true"
        className="d-ship"
        style={{ color: light.ship, fontSize: 18, lineHeight: '22px', letterSpacing: 2 }}
      >
        {'■'.repeat(ship)}
        {'□'.repeat(of - ship)}
      </span>
    </>
  );
}
