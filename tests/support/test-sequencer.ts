import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest comes first, so that no worker is alone with it at the end. */
const LONGEST = [
  'crash/crash-matrix',
  'journeys/browser',
  'journeys/one-click',
  'journeys/lost-transaction',
  'journeys/restore',
  'commands/command-line',
  'journeys/scanners',
  'journeys/kill-and-resume',
  'journeys/several-workers',
  'local/start',
  'upgrades/rolling',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- the sequencer's, not an array's
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = LONGEST.findIndex((name) => moduleId.endsWith(`tests/${name}.test.ts`));
  return index === -1 ? LONGEST.length : index;
}
