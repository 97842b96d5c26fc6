import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What processes of the tests run is what runs in production, and the crash matrix's sender: compiled once for the whole run. */
export const BUILD = `${ROOT}node_modules/.cache/weekly-verdicts-tests`;

/** As `npm run build`, in a folder of the tests' own. */
export function buildOnce(): void {
  const known = ['--incremental', '--tsBuildInfoFile', `${BUILD}/tsc.json`];
  execFileSync(
    `${ROOT}node_modules/.bin/tsc`,
    ['-p', 'tests/support/tsconfig.build.json', '--outDir', BUILD, ...known],
    {
      cwd: ROOT,
    },
  );
}
