import { fileURLToPath } from 'node:url';
import { buildTo } from '../../esbuild.config.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The service as `npm run build` makes it, and the sender of the crash matrix: built once for a whole run. */
export const BUILD = `${ROOT}node_modules/.cache/weekly-verdicts-tests`;

export function buildService(): Promise<void> {
  return buildTo(BUILD, ['tests/crash/sender.ts']);
}
