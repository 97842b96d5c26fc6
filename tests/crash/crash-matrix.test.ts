import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { chooseCombinations, listCombinations } from './combinations.ts';
import { openMortalServers } from './mortal-servers.ts';
import { playCombination, type Theatre } from './play.ts';
import { openSpareSenders } from './spare-senders.ts';
import { dropDatabase, makeTemplate } from './template.ts';

const SHORT = 24;

const isFull = process.env.CRASH_MATRIX === 'full';
const seed = process.env.CRASH_SEED ?? String(randomInt(1_000_000));
const all = listCombinations();
const combinations = isFull ? all : chooseCombinations(all, SHORT, seed);
/** A combination waits most of its time. The short form leaves room for the tests that run beside it. */
let lanes = Array.from({ length: isFull ? 6 : 2 }, () => Promise.resolve<unknown>(undefined));
const replays: string[] = [];
let theatre: Theatre;

beforeAll(async () => {
  const server = inject('postgresUrl');
  theatre = {
    server,
    template: await makeTemplate(server, 'verdicts_template'),
    senders: openSpareSenders(lanes.length),
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
  const untruths = await inTurn(() => playCombination(theatre, combination, seed));
  if (untruths.length > 0) {
    replays.push(replay);
  }
  expect(untruths, replay).toEqual([]);
});

/** What goes wrong on the stage itself is told like any other untruth. */
function inTurn(play: () => Promise<string[]>): Promise<string[]> {
  const [free, ...others] = lanes;
  const played = Promise.resolve(free).then(play);
  const told = played.catch((error: unknown) => [String(error)]);
  lanes = [...others, told];
  return told;
}
