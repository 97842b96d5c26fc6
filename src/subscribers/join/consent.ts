import { z } from 'zod';

/** Where, when and for what somebody said yes outside this system. */
export interface Consent {
  consent_source: string;
  confirmed_at: Date;
  categories: string[];
}

const INSTANT_FORMS = [
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  z.iso.datetime({ offset: true, precision: -1 }),
];

/** What is wrong with a consent, in words for staff; undefined when nothing is. */
export function findConsentProblem(consent: Consent, now: Date): string | undefined {
  if (consent.consent_source === '') {
    return 'consent_source is missing; write where the consent was given';
  }
  if (!isLine(consent.consent_source, 200)) {
    return 'consent_source has over 200 characters or holds control characters';
  }
  if (Number.isNaN(consent.confirmed_at.getTime())) {
    return 'confirmed_at is no date; write one as 2026-11-17 or 2026-11-17T09:00:00Z';
  }
  if (consent.confirmed_at > now) {
    return 'confirmed_at lies in the future';
  }
  return consent.categories.every((category) => isLine(category, 40))
    ? undefined
    : 'a category has over 40 characters or holds control characters';
}

/** A day means its first moment in UTC; the Invalid Date for anything that is no date. */
export function readInstant(text: string): Date {
  const isInstant = INSTANT_FORMS.some((form) => form.safeParse(text).success) && text >= '1900';
  return new Date(isInstant ? text : Number.NaN);
}

export function tidyCategories(categories: readonly string[]): string[] {
  return [...new Set(categories.map((category) => category.trim()).filter(Boolean))];
}

function isLine(text: string, limit: number): boolean {
  return Array.from(text).length <= limit && !/\p{Cc}/u.test(text);
}
