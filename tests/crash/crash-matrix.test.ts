import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { chooseCombinations, type Combination, listCombinations } from './combinations.ts';
import { openMortalServers } from './crashable-server-pool.ts';
import { playCombination, type Theatre } from './run-combination.ts';
import { openSpareSenders } from './sender-pool.ts';
import { dropDatabase, makeTemplate } from './template.ts';

const SHORT = 24;
const SPARES = 3;

const isFull = process.env.CRASH_MATRIX === 'full';
const seed = process.env.CRASH_SEED ?? String(randomInt(1_000_000));
const all = listCombinations();
const combinations = isFull ? all : longestFirst(chooseCombinations(all, SHORT, seed));
const replays: string[] = [];
let theatre: Theatre;

beforeAll(async () => {
  const server = inject('postgresUrl');
  theatre = {
    server,
    template: await makeTemplate(server, 'verdicts_template'),
    senders: openSpareSenders(SPARES),
    mortals: openMortalServers(),
  };
});

afterAll(async () => {
  theatre.senders.close();
  await theatre.mortals.close();
  await dropDatabase(`${theatre.server}/${theatre.template}`);
  const failed = replays.map((replay) => `\n  ${replay}`).join('');
  process.stdout.write(
    `crash matrix: seed ${seed}, ${combinations.length} combinations, ${replays.length} failed${failed}\n`,
  );
});

test.concurrent.for(combinations)('$name', { timeout: 300_000 }, async (combination) => {
  const replay = `CRASH_SEED=${seed} npm run test:crash -- -t '^${combination.name}$'`;
  // What goes wrong on the stage itself is told like any other untruth.
  const untruths = await playCombination(theatre, combination, seed).catch((error: unknown) => [
    String(error),
  ]);
  if (untruths.length > 0) {
    replays.push(replay);
  }
  expect(untruths, replay).toEqual([]);
});

function longestFirst(some: Combination[]): Combination[] {
  const isLong = ({ crashes }: Combination) => crashes.some(({ kind }) => kind === 'cut off');
  return some.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
}
