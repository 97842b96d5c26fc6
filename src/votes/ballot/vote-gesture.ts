import type { MailClass } from '../../database/schema.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';

/**
 * What the page of a vote link requires before it casts the vote: `none`, only that the page is really visible;
 * `interaction`, the first human interaction; `press`, a press of its button. Without scripts it is always the button.
 */
export type VoteGesture = 'none' | 'interaction' | 'press';

interface Visit {
  mail_class: MailClass;
  arrived_at: Date | null;
  /** The browser sent this reader's own cookie. */
  is_remembered: boolean;
}

/** The least gesture after which a vote cast in this visit may count; the judge may still ask for a second press. */
export function gestureFor(
  { mail_class, arrived_at, is_remembered }: Visit,
  now: Date,
  thresholds: Thresholds,
): VoteGesture {
  const age_ms = ageOf(arrived_at, now);
  if (is_remembered) {
    return 'none';
  }
  switch (mail_class) {
    case 'clean':
      return age_ms < thresholds.at_delivery_seconds * 1_000 ? 'interaction' : 'none';
    case 'unknown':
    case 'scanned':
      return 'interaction';
    case 'pressed':
      return age_ms < thresholds.pressing_minutes * 60_000 ? 'press' : 'interaction';
  }
}

function ageOf(arrived_at: Date | null, now: Date): number {
  return arrived_at === null ? 0 : now.getTime() - arrived_at.getTime();
}

/**
 * Stricter, for what is not judged afterwards: scanners may press for `scanning_minutes`, and interaction means little right after
 * delivery to a host that scans.
 */
export function gestureWithoutJudge(visit: Visit, now: Date, thresholds: Thresholds): VoteGesture {
  const { at_delivery_seconds, pressing_minutes, scanning_minutes } = thresholds;
  const isAtDelivery = ageOf(visit.arrived_at, now) < at_delivery_seconds * 1_000;
  if (visit.mail_class === 'scanned' && isAtDelivery && !visit.is_remembered) {
    return 'press';
  }
  return gestureFor(visit, now, {
    ...thresholds,
    pressing_minutes: Math.max(pressing_minutes, scanning_minutes),
  });
}
