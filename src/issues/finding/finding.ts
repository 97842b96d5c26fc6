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
