import type { MailClass } from '../../database/schema.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/**
 * How the page of a vote link casts it: `at once`, as soon as it is really visible; `on a hand`, at the first sign of a
 * person; `on a tap` of its button alone. Without scripts it is always the tap.
 */
export type Offer = 'at once' | 'on a hand' | 'on a tap';

interface Visit {
  mail_class: MailClass;
  submitted_at: Date | null;
  /** The browser carries the cookie of this very reader. */
  is_remembered: boolean;
}

/** The quickest way in which a vote of this visit would be counted, not held. */
export function offerFor(
  { mail_class, submitted_at, is_remembered }: Visit,
  now: Date,
  thresholds: Thresholds,
): Offer {
  const age_ms = submitted_at === null ? 0 : now.getTime() - submitted_at.getTime();
  if (is_remembered) {
    return 'at once';
  }
  switch (mail_class) {
    case 'clean':
      return age_ms < thresholds.at_delivery_seconds * 1_000 ? 'on a hand' : 'at once';
    case 'unknown':
      return 'on a hand';
    case 'scanned':
    case 'pressed':
      return age_ms < thresholds.scanning_minutes * 60_000 ? 'on a tap' : 'on a hand';
  }
}
