/** A problem found by a check of an issue: what is wrong, where, and how to fix it (`mend`). */
export interface Finding {
  check: string;
  what: string;
  where?: string;
  mend: string;
}

export function describeFinding({ check, what, where, mend }: Finding): string {
  return `${check}: ${what}${where ? ` in ${where}` : ''}; ${mend}`;
}
