import { userInfo } from 'node:os';

/** Who runs this process, for the log of changes; in a container a user may have a number only. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
