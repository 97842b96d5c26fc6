import type { MailClass } from '../../database/schema.ts';
import type { Thresholds } from '../../config/judging-settings.ts';

/**
 * How the page of a vote link casts it: `none`, as soon as it is really visible; `interaction`, at the first sign of a
 * person; `press` of its button alone. Without scripts it is always the tap.
 */
export type VoteGesture = 'none' | 'interaction' | 'press';

interface Visit {
  mail_class: MailClass;
  submitted_at: Date | null;
  /** The browser carries the cookie of this very reader. */
  is_remembered: boolean;
}

/** The quickest way in which a vote of this visit would be counted, not held. */
export function gestureFor(
  { mail_class, submitted_at, is_remembered }: Visit,
  now: Date,
  thresholds: Thresholds,
): VoteGesture {
  const age_ms = submitted_at === null ? 0 : now.getTime() - submitted_at.getTime();
  if (is_remembered) {
    return 'none';
  }
  switch (mail_class) {
    case 'clean':
      return age_ms < thresholds.at_delivery_seconds * 1_000 ? 'interaction' : 'none';
    case 'unknown':
      return 'interaction';
    case 'scanned':
    case 'pressed':
      return age_ms < thresholds.scanning_minutes * 60_000 ? 'press' : 'interaction';
  }
}
