import { userInfo } from 'node:os';

/** Who runs this process, for the audit log; in a container a user may have only a number. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
