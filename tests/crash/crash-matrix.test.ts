import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { chooseCombinations, listCombinations } from './combinations.ts';
import { playCombination, type Theatre } from './play.ts';
import { openSpareSenders } from './spare-senders.ts';
import { dropDatabase, makeTemplate } from './template.ts';

/** Most of a combination is waiting for one process to start: so many at once keep two cores busy. */
const AT_ONCE = 3;
const SHORT = 24;

const seed = process.env.CRASH_SEED ?? String(randomInt(1_000_000));
const all = listCombinations();
const combinations = process.env.CRASH_MATRIX === 'full' ? all : chooseCombinations(all, SHORT, seed);
const replays: string[] = [];
let theatre: Theatre;

beforeAll(async () => {
  const server = inject('postgresUrl');
  theatre = { server, template: await makeTemplate(server), senders: openSpareSenders(AT_ONCE) };
});

afterAll(async () => {
  theatre.senders.close();
  await dropDatabase(theatre.server, theatre.template);
  const failed = replays.map((replay) => `\n  ${replay}`).join('');
  process.stdout.write(
    `crash matrix: seed ${seed}, ${combinations.length} combinations, ${replays.length} failed${failed}\n`,
  );
});

test.concurrent.for(combinations)('$name', { timeout: 300_000 }, async (combination) => {
  const replay = `CRASH_SEED=${seed} npm run test:crash -- -t '^${combination.name}$'`;
  const untruths = await playCombination(theatre, combination, seed).catch((error: unknown) => [
    String(error),
  ]);
  if (untruths.length > 0) {
    replays.push(replay);
  }
  expect(untruths, replay).toEqual([]);
});
