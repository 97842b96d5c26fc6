import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const SHARED_MEMORY = '/dev/shm';
const NEEDED_BYTES = 4 * 1024 ** 3;

/**
 * A new folder for the data of a test's PostgreSQL, accessible to its user; in memory if there is space, because a
 * test run creates and drops more than a thousand databases.
 */
export function createDataDirectory(prefix: string): string {
  const folder = mkdtempSync(path.join(hasSpace(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), prefix));
  chmodSync(folder, 0o755);
  return folder;
}

function hasSpace(folder: string): boolean {
  if (!existsSync(folder)) {
    return false;
  }
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > NEEDED_BYTES;
}
