import type { Config } from '../config/config.ts';

/** An editor looks after issues; an admin may also do things that affect readers in bulk or permanently. */
export type StaffRole = 'editor' | 'admin';

/** Somebody who works in the studio. */
export interface Staff {
  /** Recorded with every change. */
  name: string;
  role: StaffRole;
  /** Absent in the studio of this machine, which needs no sign-in. */
  session?: { id: string; user_id: string };
}

/** Looked up in the settings on every request: whoever is removed from them loses access at the next restart. */
export function roleOf(
  { staffEmails, staffAdmins }: Pick<Config, 'staffEmails' | 'staffAdmins'>,
  address: string,
): StaffRole | undefined {
  const isIn = (list: readonly string[]) =>
    list.some((candidate) => candidate.toLowerCase() === address.toLowerCase());
  return isIn(staffAdmins) ? 'admin' : isIn(staffEmails) ? 'editor' : undefined;
}
