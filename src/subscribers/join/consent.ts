import * as z from 'zod';

/** Where, when and for which categories somebody gave consent outside this system. */
export interface Consent {
  consent_source: string;
  confirmed_at: Date;
  categories: string[];
}

const DAY = z.iso.date();
const TIMES = [z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true, precision: -1 })];

/** Tells staff what is wrong with a consent; undefined if it is valid. */
export function findConsentProblem(consent: Consent, now: Date): string | undefined {
  if (consent.consent_source === '') {
    return 'consent_source is missing; write where the consent was given';
  }
  if (!isPlainText(consent.consent_source, 200)) {
    return 'consent_source is over 200 characters long or contains control characters';
  }
  if (Number.isNaN(consent.confirmed_at.getTime())) {
    return 'confirmed_at is not a date; write it like 2026-11-17 or 2026-11-17T09:00:00Z';
  }
  if (consent.confirmed_at > now) {
    return 'confirmed_at is in the future';
  }
  return consent.categories.every((category) => isPlainText(category, 40))
    ? undefined
    : 'a category is over 40 characters long or contains control characters';
}

/** A day without a time means midnight UTC. Returns Invalid Date for anything that is not a date. */
export function readInstant(text: string): Date {
  const formats = text.includes('T') ? TIMES : [DAY];
  const isInstant = formats.some((format) => format.safeParse(text).success) && text >= '1900';
  return new Date(isInstant ? text : Number.NaN);
}

export function normalizeCategories(categories: readonly string[]): string[] {
  return [...new Set(categories.map((category) => category.trim()).filter(Boolean))];
}

function isPlainText(text: string, limit: number): boolean {
  return (text.length <= limit || Array.from(text).length <= limit) && !/\p{Cc}/u.test(text);
}
