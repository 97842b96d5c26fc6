import { chmodSync, existsSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const MEMORY = '/dev/shm';
const NEEDED_BYTES = 4 * 1024 ** 3;

/**
 * A new folder for the data of a test's PostgreSQL, which its user may enter; in memory where there is room: more than a
 * thousand databases are made and dropped in a run.
 */
export function makeServerHome(prefix: string): string {
  const home = mkdtempSync(path.join(hasRoom(MEMORY) ? MEMORY : tmpdir(), prefix));
  chmodSync(home, 0o755);
  return home;
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) {
    return false;
  }
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > NEEDED_BYTES;
}
