import { createHash } from 'node:crypto';

/** A problem found by a check of an issue: what is wrong, where, and how to fix it (`fix`). */
export interface Finding {
  check: string;
  what: string;
  where?: string;
  fix: string;
}

export function describeFinding({ check, what, where, fix }: Finding): string {
  return `${check}: ${what}${where ? ` in ${where}` : ''}; ${fix}`;
}

/** Identifies findings as they were shown, for a form with a reason that overrides them. */
export function hashFindings(descriptions: readonly string[]): string {
  return createHash('sha256').update(descriptions.join('\n')).digest('hex').slice(0, 24);
}
