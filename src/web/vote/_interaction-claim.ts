import type { CastWay } from '../../database/schema.ts';
import { isOwnOrigin } from '../request/client-address.ts';
import type { PageContext } from '../layout/page.tsx';

/** What the page's script takes for a hand: the events of vote-script.ts, and the milliseconds since the page began. */
const INTERACTION = /^(?:pointermove|pointerdown|touchstart|wheel|keydown)@(\d{1,10})$/;
/** A browser's clock and ours run at speeds that differ by less than this. */
const TOLERANCE_MS = 2_000;

/**
 * How a browser sends each (Fetch Metadata, W3C): a form navigates, the page's script fetches, or sends a beacon when the page is being
 * left, which is not a navigation.
 */
const MODES: Record<CastWay | 'beacon', readonly string[]> = {
  button: ['navigate'],
  ballot: ['navigate'],
  automatic: ['cors', 'same-origin', 'no-cors'],
  beacon: ['no-cors', 'cors'],
};

/**
 * Whether the page's claim of a human interaction can be true: the page's time is signed, the interaction is of a kind and at a time
 * that the page can have seen, and it was sent as a browser that ran the page's script sends it. A claim is evidence, never proof.
 */
export function isPlausibleInteractionClaim(
  c: PageContext,
  way: CastWay | 'beacon',
  claim: string,
  rendered_at: Date | null,
): boolean {
  const [, milliseconds] = INTERACTION.exec(claim) ?? [];
  if (milliseconds === undefined || rendered_at === null) {
    return false;
  }
  const age_ms = c.get('context').now().getTime() - rendered_at.getTime();
  return Number(milliseconds) <= age_ms + TOLERANCE_MS && isSentByPage(c, way);
}

function isSentByPage(c: PageContext, way: CastWay | 'beacon'): boolean {
  const origin = c.req.header('Origin');
  const site = c.req.header('Sec-Fetch-Site');
  // A program's HTTP client may send a mode of its own, but no destination.
  const mode = c.req.header('Sec-Fetch-Dest') === undefined ? undefined : c.req.header('Sec-Fetch-Mode');
  return (
    origin !== undefined &&
    isOwnOrigin(c, origin) &&
    (site === undefined || site === 'same-origin') &&
    (mode === undefined || MODES[way].includes(mode))
  );
}
