import type { MailClass } from '../../database/schema.ts';
import type { Thresholds } from '../../config/settings/judging-settings.ts';
import type { Cast, Circumstances } from '../evidence/evidence.ts';

/** What a rule looks at: one cast, and everything known about its circumstances. */
export interface RuleInput extends Circumstances {
  /** That of the mail: `scanned` if its own links were swept, whatever its host. */
  mail_class: MailClass;
  /** That of its host. */
  host_class: MailClass;
  cast: Cast;
  /** All casts of the reader in this issue, this one included. */
  casts: readonly Cast[];
  thresholds: Thresholds;
}

/**
 * Cast within `scanning_minutes` of delivery to a host that scans, or `pressing_hours` to one whose scanners press
 * buttons.
 */
export function isInScanningWindow(input: RuleInput): boolean {
  switch (input.mail_class) {
    case 'scanned':
      return isEarly(input);
    case 'pressed':
      return isWithinPressingHours(input);
    case 'clean':
    case 'unknown':
      return false;
  }
}

/** Cast while scanners come to any mail host. */
export function isEarly(input: RuleInput): boolean {
  return isWithinMinutesOfDelivery(input, input.thresholds.scanning_minutes);
}

/** Cast while scanners that press buttons come. */
export function isWithinPressingHours(input: RuleInput): boolean {
  return isWithinMinutesOfDelivery(input, input.thresholds.pressing_hours * 60);
}

/**
 * Cast within this many minutes of the mail's arrival, or while the arrival is unknown. An arrival long after the vote is not
 * that of the mail it was cast from.
 */
export function isWithinMinutesOfDelivery({ cast, arrived_at }: RuleInput, minutes: number): boolean {
  return arrived_at === null || Math.abs(cast.cast_at.getTime() - arrived_at.getTime()) < minutes * 60_000;
}

/** Casts of the reader within this many seconds of this one, itself included. */
export function castsWithin({ cast, casts }: RuleInput, seconds: number): Cast[] {
  const at = cast.cast_at.getTime();
  return casts.filter((other) => Math.abs(other.cast_at.getTime() - at) <= seconds * 1_000);
}
