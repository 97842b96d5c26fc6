import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The slowest files run first, so that none of them runs alone at the end. */
const SLOWEST = [
  'crash/crash-matrix',
  'journeys/one-click',
  'journeys/lost-transaction',
  'journeys/browser',
  'journeys/restore',
  'commands/command-line',
  'journeys/scanners',
  'journeys/kill-and-resume',
  'journeys/several-workers',
  'local/start',
  'upgrades/rolling',
  'environments/settings',
  'upgrades/states',
  'journeys/postgres-restart',
  'sending/send-batch',
  'security/slow-client',
  'votes/crowds',
  'environments/pgbouncer',
  'journeys/reader-stories',
  'votes/simulator',
  'upgrades/kill',
  'monitoring/dead-man',
];

export class SlowestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's, not an array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = SLOWEST.findIndex((name) => moduleId.endsWith(`tests/${name}.test.ts`));
  return index === -1 ? SLOWEST.length : index;
}
