/** What a check of an issue found: what is wrong, where, and how to mend it. */
export interface Finding {
  check: string;
  what: string;
  where?: string;
  mend: string;
}

export function describeFinding({ check, what, where, mend }: Finding): string {
  return `${check}: ${what}${where ? ` in ${where}` : ''}; ${mend}`;
}
