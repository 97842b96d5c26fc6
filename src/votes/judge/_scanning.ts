import type { MailClass } from '../../database/schema.ts';

interface Scanning {
  /** Scanners open links, or nobody knows that they do not. */
  may_open: boolean;
  /** Scanners are known to open links. */
  opens: boolean;
  /** Scanners press buttons, and may fake human interaction. */
  presses: boolean;
}

const SCANNING: Record<MailClass, Scanning> = {
  clean: { may_open: false, opens: false, presses: false },
  unknown: { may_open: true, opens: false, presses: false },
  scanned: { may_open: true, opens: true, presses: false },
  pressed: { may_open: true, opens: true, presses: true },
};

/** What the scanners of a class of mail host do; for how long is in `_rule-input.ts`. A newer release may know further classes. */
export function scanningOf(mail_class: MailClass): Scanning {
  return SCANNING[mail_class] ?? SCANNING.unknown;
}
