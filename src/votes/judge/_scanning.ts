import type { MailClass } from '../../database/schema.ts';

interface Scanning {
  /** Scanners open links, or nobody knows that they do not. */
  may_open: boolean;
  opens: boolean;
  /** Scanners press buttons, and may fake human interaction. */
  presses: boolean;
}

/** What the scanners of a class of mail host do, as far as the rules ask. */
export const SCANNING: Record<MailClass, Scanning> = {
  clean: { may_open: false, opens: false, presses: false },
  unknown: { may_open: true, opens: false, presses: false },
  scanned: { may_open: true, opens: true, presses: false },
  pressed: { may_open: true, opens: true, presses: true },
};
