import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresUrl } from '../support/shared.ts';
import { chooseCombinations, type Combination, listCombinations } from './combinations.ts';
import { openCrashableServerPool } from './crashable-server-pool.ts';
import { runCombination, type SharedResources } from './run-combination.ts';
import { openSenderPool } from './sender-pool.ts';
import { dropDatabase, makeTemplate } from './template.ts';

const SHORT_COUNT = 16;
const POOL_SIZE = 3;

const isFull = process.env.CRASH_MATRIX === 'full';
const seed = process.env.CRASH_SEED ?? String(randomInt(1_000_000));
const all = listCombinations();
const combinations = isFull ? all : slowestFirst(chooseCombinations(all, SHORT_COUNT, seed));
const replays: string[] = [];
let shared: SharedResources;

beforeAll(async () => {
  const server = await postgresUrl();
  shared = {
    server,
    template: await makeTemplate(server, 'verdicts_template'),
    senders: openSenderPool(POOL_SIZE),
    crashableServers: openCrashableServerPool(),
  };
});

afterAll(async () => {
  shared.senders.close();
  await shared.crashableServers.close();
  await dropDatabase(`${shared.server}/${shared.template}`);
  const failed = replays.map((replay) => `\n  ${replay}`).join('');
  process.stdout.write(
    `crash matrix: seed ${seed}, ${combinations.length} combinations, ${replays.length} failed${failed}\n`,
  );
});

test.concurrent.for(combinations)('$name', { timeout: 300_000 }, async (combination) => {
  const replay = `CRASH_SEED=${seed} npm run test:crash -- -t '^${combination.name}$'`;
  // An error of the harness itself is reported like any other violation.
  const violations = await runCombination(shared, combination, seed).catch((error: unknown) => [
    String(error),
  ]);
  if (violations.length > 0) {
    replays.push(replay);
  }
  expect(violations, [replay, ...violations].join('\n')).toEqual([]);
});

function slowestFirst(some: Combination[]): Combination[] {
  const isSlow = ({ crashes }: Combination) => crashes.some(({ kind }) => kind === 'disconnected');
  return some.toSorted((a, b) => Number(isSlow(b)) - Number(isSlow(a)));
}
