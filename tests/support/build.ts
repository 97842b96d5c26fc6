import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The production code and the crash matrix's sender, compiled once per test run; tests that spawn processes run this. */
export const BUILD = `${ROOT}node_modules/.cache/weekly-verdicts-tests`;

/** Like `npm run build`, but into the tests' own folder. */
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
